//! A statement of support out of its file.

use super::file::IcsFile;
use crate::dm::Profile;
use crate::testcase::load::{Fault, read, text_of};
use crate::testcase::{CaseError, Outline};

/// The number of the format.
const FORMAT: u32 = 1;

/// Reads a statement, and checks its values.
///
/// # Errors
///
/// All that is wrong with it, each with its place; of a file that is none, the first thing.
pub fn load(file: &str, octets: &[u8]) -> Result<IcsFile, Vec<CaseError>> {
    let one = |error| vec![error];
    let ics: IcsFile = read(file, octets).map_err(one)?;
    let text = text_of(file, octets).map_err(one)?;
    let outline = Outline::read(text).map_err(|fault| one(fault.of(file, text)))?;
    let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let mut faults = Vec::new();
    if ics.format != FORMAT {
        let what = format!("the format is {}, and this program reads format {FORMAT}", ics.format);
        faults.push(Fault::new(Some(outline.value(&path(&["format"]))), what));
    }
    if ics.versions.is_empty() {
        let fault = Fault::new(Some(outline.value(&path(&["versions"]))), "no version is declared");
        faults.push(fault.mend("write those that the product supports, such as DM/1.2"));
    }
    if let Some(profile) = ics.profile.as_deref().filter(|profile| Profile::of_name(profile).is_none()) {
        let fault = Fault::new(Some(outline.value(&path(&["profile"]))), format!("there is no profile `{profile}`"));
        faults.push(fault.meant(profile, Profile::ALL.map(Profile::name)));
    }
    for problem in ics.problems() {
        let place = outline.value(&path(&["items", problem.item]));
        faults.push(Fault::new(Some(place), problem.what).mend(problem.mend));
    }
    if faults.is_empty() { Ok(ics) } else { Err(faults.into_iter().map(|fault| fault.of(file, text)).collect()) }
}
