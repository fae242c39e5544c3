//! Trees that are built, and what they are asked.

use super::*;

fn sample() -> Tree {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::SyncBody);
    builder.leaf(Tag::CmdID, "1");
    let id = builder.start(Tag::CmdID);
    builder.text("a", TextForm::Plain, Span::default());
    let reference = builder.text("&", TextForm::Reference, Span::default());
    builder.set_raw(reference, "amp");
    builder.text("b", TextForm::CData, Span::default());
    builder.close(0);
    assert_eq!(builder.tree().text(id), "a&b");
    builder.finish(9)
}

#[test]
fn text_in_several_pieces_reads_as_one() {
    let tree = sample();
    let root = tree.root().unwrap();
    let body = tree.child(root, Tag::SyncBody).unwrap();
    let texts: Vec<&str> = tree.elements(body).map(|id| tree.text(id)).collect();
    assert_eq!(texts, ["1", "a&b"]);
    assert_eq!(tree.span(root).end, 9);
}

#[test]
fn a_path_numbers_siblings_of_one_name() {
    let tree = sample();
    let body = tree.child(tree.root().unwrap(), Tag::SyncBody).unwrap();
    let last = tree.elements(body).last().unwrap();
    assert_eq!(tree.path(last), "/SyncML/SyncBody/CmdID[2]");
    assert_eq!(tree.path(body), "/SyncML/SyncBody");
    let places = tree.places();
    for id in tree.ids() {
        assert_eq!(tree.path_by(id, &places), tree.path(id));
    }
}

#[test]
fn descendants_come_in_document_order_and_stay_below_the_top() {
    let tree = sample();
    let root = tree.root().unwrap();
    let names: Vec<&str> =
        tree.descendants(root).filter(|&id| tree.tag(id).is_some()).map(|id| tree.name(id)).collect();
    assert_eq!(names, ["SyncBody", "CmdID", "CmdID"]);
    let body = tree.child(root, Tag::SyncBody).unwrap();
    let first = tree.elements(body).next().unwrap();
    assert_eq!(tree.descendants(first).count(), 1);
}

#[test]
fn text_goes_on_after_a_comment() {
    let mut builder = TreeBuilder::default();
    let id = builder.start(Tag::Data);
    builder.text("ab", TextForm::Plain, Span::default());
    let comment = builder.aside("c", Prolog::Comment, Span::default());
    builder.text("de", TextForm::Plain, Span::default());
    builder.set_raw(id, " a='1'");
    let tree = builder.finish(0);
    assert_eq!((tree.text(id), tree.piece(comment), tree.raw(id)), ("abde", "c", " a='1'"));
}

#[test]
fn forms_do_not_count_when_contents_are_compared() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::SyncBody);
    builder.leaf(Tag::CmdID, "1");
    builder.leaf(Tag::CmdID, "a&b");
    assert!(sample().same_content(&builder.finish(0)));
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    assert!(!sample().same_content(&builder.finish(0)));
}
