use super::*;

fn of_xml(text: &str) -> Survey {
    Survey::of(&xml::decode(text.as_bytes()).unwrap().tree, true)
}

#[test]
fn each_oddity_of_xml_is_seen_where_it_stands() {
    for (text, oddity, count) in [
        ("<Meta><Type>x</Type><Size>1</Size></Meta>", Oddity::MetInfElsewhere, 2),
        ("<Meta><Type xmlns='syncml:metinf1.2'>x</Type></Meta>", Oddity::MetInfMisspelled, 1),
        ("<Item><Data><b xmlns='x'/><b xmlns='x'/></Data></Item>", Oddity::DataWithElements, 1),
        ("<Item><Data><![CDATA[x]]></Data></Item>", Oddity::DataWithCData, 1),
        ("<Get><Item></Item><CmdID>1</CmdID></Get>", Oddity::OtherContent, 1),
        ("<Get><Item><Data>1</Data><Data>1</Data></Item></Get>", Oddity::OtherContent, 1),
        ("<Get><CmdID>1</CmdID><Data>1</Data></Get>", Oddity::OtherContent, 1),
        ("<SyncBody><Put></Put><Map><MapItem></MapItem></Map></SyncBody>", Oddity::DataSyncCommand, 3),
        ("<Get><CmdID>1</CmdID><Lang>en</Lang></Get>", Oddity::NotInDm, 1),
        ("<SyncBody><Move></Move></SyncBody>", Oddity::DataSyncAddition, 1),
        ("<Cmdid>1</Cmdid>", Oddity::NameInOtherCase, 1),
        ("<Final>1</Final>", Oddity::EmptyWithContent, 1),
        ("<Final> </Final>", Oddity::EmptyWithBlank, 1),
        ("<Target>./A</Target>", Oddity::StrayText, 1),
        ("<Data id='1'>x</Data>", Oddity::Attribute, 1),
        ("<Data xmlns:m='x' m:originalerror = \"1\">x</Data>", Oddity::OriginalError, 1),
        ("<LocURI>\n./A</LocURI>", Oddity::PaddedValue, 1),
        ("<Status><Data>200 </Data></Status>", Oddity::PaddedValue, 1),
    ] {
        let survey = of_xml(&format!("<SyncML xmlns='SYNCML:SYNCML1.2'>{text}</SyncML>"));
        let seen: Vec<usize> = survey.sightings.iter().enumerate().filter_map(|(at, seen)| seen.map(|_| at)).collect();
        assert_eq!(seen, [oddity as usize], "{text}");
        assert_eq!(survey.sighting(oddity).unwrap().count, count, "{text}");
    }
}

#[test]
fn marks_of_uris_are_seen_in_loc_uri_alone() {
    for (text, query, percent, unusual) in [
        ("<LocURI>./A/b-1</LocURI><Data>? % \u{e4}</Data>", false, false, false),
        ("<LocURI>./A</LocURI><LocURI>./A?list=Struct</LocURI>", true, false, false),
        ("<LocURI>./A%20b</LocURI>", false, true, false),
        ("<LocURI>./A b</LocURI>", false, false, true),
        ("<LocURI>./\u{e4}</LocURI>", false, false, true),
        ("<LocURI>./{0}&amp;&quot;?%</LocURI>", true, true, true),
    ] {
        assert_eq!(of_xml(text).uris, UriMarks { query, percent, unusual }, "{text}");
    }
}

#[test]
fn meta_information_is_listed_but_for_what_is_usual() {
    let survey = of_xml("<Meta><Format>b64</Format><MetInf><Mark>x</Mark></MetInf><MaxObjSize>1</MaxObjSize></Meta>");
    assert_eq!(survey.rare_met_inf.len(), 2);
    assert!(!survey.has_other_format);
    assert!(of_xml("<Meta><Format>B64</Format></Meta>").has_other_format);
}

#[test]
fn nothing_is_odd_about_a_plain_message_or_inside_data() {
    for text in [
        "<Meta><Type xmlns='syncml:metinf'>x</Type></Meta>",
        "<Meta><MetInf xmlns=\"syncml:metinf\"><Type>x</Type></MetInf></Meta>",
        "<Meta xmlns:m='syncml:metinf'><m:Type>x</m:Type></Meta>",
        "<Item><Data> 5 &lt;b/> </Data></Item>",
        "<Final/>",
        "<Get><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item><Item><Data>1</Data></Item></Get>",
        "<SyncHdr><NoResp/></SyncHdr>",
        "<x:cmdid xmlns:x='urn:x'>1</x:cmdid>",
    ] {
        let survey = of_xml(&format!("<SyncML xmlns='SYNCML:SYNCML1.2'>{text}</SyncML>"));
        assert_eq!(survey.sightings, [None; Oddity::COUNT], "{text}");
    }
    let inside = "<SyncML><Data><a><cmdid x='1'>t<Final>1</Final></cmdid></a></Data><Data><a>t</a></Data></SyncML>";
    let survey = of_xml(inside);
    assert_eq!(survey.sighting(Oddity::DataWithElements).unwrap().count, 2);
    assert_eq!(survey.sightings.iter().flatten().count(), 1);
}
