//! Objects of 3GPP, 3GPP2 and others: what they are, as far as a decoder needs it.

use super::super::model::{AlertRole, Basis, Node, Object, Occurs};
use super::{alert, id};
use Basis::{Code, Memory, Registry, Text};
use Occurs::{OneOrMore, ZeroOrMore, ZeroOrOne};

const fn node(path: &'static str, format: &'static str, meaning: &'static str) -> Node {
    Node::new(path, ZeroOrOne, format, "Get", meaning).from(Memory)
}

const fn root(meaning: &'static str) -> Node {
    Node::new("", ZeroOrMore, "node", "Get", meaning).from(Memory)
}

/// IMS.
pub static IMS: Object = Object {
    name: "IMS",
    title: "3GPP IMS",
    ids: &[id("urn:oma:mo:ext-3gpp-ims:1.0", Code)],
    document: "3GPP TS 24.167",
    nodes: &[
        root("The root."),
        node("AppID", "chr", "The application."),
        node("Name", "chr", "A name for users."),
        node("ConRefs", "node", "Connections."),
        node("ConRefs/<X>", "node", "One of them."),
        node("ConRefs/<X>/ConRef", "chr", "The URI of an access point."),
        node("PDP_ContextOperPref", "bool", "Whether a dedicated context is preferred."),
        node("P-CSCF_Address", "chr", "The address of the P-CSCF."),
        node("Timer_T1", "int", "SIP timer T1."),
        node("Timer_T2", "int", "SIP timer T2."),
        node("Timer_T4", "int", "SIP timer T4."),
        node("Private_user_identity", "chr", "The private identity of the user."),
        node("Public_user_identity_List", "node", "Public identities of the user."),
        node("Public_user_identity_List/<X>", "node", "One of them."),
        node("Public_user_identity_List/<X>/Public_user_identity", "chr", "The identity."),
        node("Home_network_domain_name", "chr", "The domain of the home network."),
        node("LBO_P-CSCF_Address", "node", "P-CSCFs of visited networks."),
        node("LBO_P-CSCF_Address/<X>", "node", "One of them."),
        node("LBO_P-CSCF_Address/<X>/Address", "chr", "Its address."),
        node("LBO_P-CSCF_Address/<X>/AddressType", "chr", "The type of its address."),
        node("ICSI_List", "node", "Services."),
        node("ICSI_List/<X>", "node", "One of them."),
        node("ICSI_List/<X>/ICSI", "chr", "Its identifier."),
        node("Resource_Allocation_Mode", "bool int", "Who asks for resources."),
        node("Voice_Domain_Preference_E_UTRAN", "int", "Preferred domain for voice in E-UTRAN."),
        node("Voice_Domain_Preference_UTRAN", "int", "Preferred domain for voice in UTRAN."),
        node("SMS_Over_IP_Networks_Indication", "bool int", "Whether SMS goes over IP."),
        node("Keep_Alive_Enabled", "bool int", "Whether connections are kept alive."),
        node("Mobility_Management_IMS_Voice_Termination", "bool int", "Whether mobility follows voice over IMS."),
        node("RegRetryBaseTime", "int", "Base of the time before another registration."),
        node("RegRetryMaxTime", "int", "The longest time before another registration."),
        node("PhoneContext_List", "node", "Contexts of telephone numbers."),
        node("PhoneContext_List/<X>", "node", "One of them."),
        node("PhoneContext_List/<X>/PhoneContext", "chr", "The context."),
        node("PhoneContext_List/<X>/Public_user_identity", "chr", "The identity that it belongs to."),
        node("Ext", "node", "Of the vendor."),
    ],
    ..Object::NONE
};

/// NAS.
pub static NAS: Object = Object {
    name: "NAS",
    title: "3GPP NAS configuration",
    ids: &[id("urn:oma:mo:ext-3gpp-nas-config:1.0", Code)],
    document: "3GPP TS 24.368",
    nodes: &[
        root("The root."),
        node("NAS_SignallingPriority", "int", "The priority of signalling."),
        node("AttachWithIMSI", "bool int", "Whether attaching shows the IMSI."),
        node("MinimumPeriodicSearchTimer", "int", "The shortest time between searches, in minutes."),
        node("NMO_I_Behaviour", "bool int", "What network mode of operation I means."),
        node("Timer_T3245_Behaviour", "bool int", "Whether timer T3245 is used."),
        node("ExtendedAccessBarring", "bool int", "Whether extended access barring applies."),
        node("Override_NAS_SignallingLowPriority", "bool int", "Whether low priority may be overridden."),
        node("Override_ExtendedAccessBarring", "bool int", "Whether extended access barring may be overridden."),
        node("FastFirstHigherPriorityPLMNSearch", "bool int", "Whether the first search comes soon."),
        node("SM_RetryWaitTime", "int", "How long to wait before another try."),
        node("SM_RetryAtRATChange", "bool int", "Whether another access network is another try."),
        node("Ext", "node", "Of the vendor."),
    ],
    ..Object::NONE
};

const fn asked(kind: &'static str, meaning: &'static str) -> super::super::model::AlertType {
    alert(kind, meaning, AlertRole::Request, Code)
}

/// Discovery and selection of access networks.
pub static ANDSF: Object = Object {
    name: "ANDSF",
    title: "3GPP access network discovery and selection",
    ids: &[id("urn:oma:mo:ext-3gpp-andsf:1.0", Code)],
    document: "3GPP TS 24.312",
    nodes: &[
        root("The root."),
        node("Name", "chr", "A name for users."),
        Node::new("Policy", ZeroOrOne, "node", "Get", "Policies of the operator.").from(Code),
        Node::new("Policy/<X>", OneOrMore, "node", "Get", "One of them.").from(Code),
        Node::new("DiscoveryInformation", ZeroOrOne, "node", "Get", "Access networks.").from(Code),
        Node::new("DiscoveryInformation/<X>", OneOrMore, "node", "Get", "One of them.").from(Code),
        Node::new("UE_Location", ZeroOrOne, "node", "Get", "Where the device is.").from(Code),
        Node::new("ISRP", ZeroOrOne, "node", "Get", "Routing between systems.").from(Code),
        Node::new("ISRP/<X>", OneOrMore, "node", "Get", "One rule.").from(Code),
        Node::new("UE_Profile", ZeroOrOne, "node", "Get", "What the device can do.").from(Code),
        node("Ext", "node", "Of the vendor."),
    ],
    alerts: &[
        asked("urn:oma:at:ext-3gpp-andsf:1.0:provision", "the device asks for policies"),
        asked("urn:oma:at:ext-3gpp-andsf:1.0:provision-single-if", "the device asks for policies for one interface"),
        asked(
            "urn:oma:at:ext-3gpp-andsf:1.0:provision-multiple-if",
            "the device asks for policies for several interfaces",
        ),
        asked("urn:oma:at:ext-3gpp-andsf:1.0:provision-disc-info", "the device asks for access networks"),
        alert("urn:oma:at:ext-3gpp-andsf:1.0:ue_location", "where the device is", AlertRole::Report, Code),
        alert("urn:oma:at:ext-3gpp-andsf:1.0:ue_profile", "what the device can do", AlertRole::Report, Code),
    ],
    ..Object::NONE
};

/// TV services.
pub(super) static TV: Object = Object {
    name: "TV service",
    title: "3GPP TV service configuration",
    ids: &[id("urn:oma:mo:ext-3gpp-tv-config:1.0", Code)],
    document: "3GPP TS 24.117",
    ..Object::NONE
};

/// Other objects of 3GPP.
pub(super) static OTHER_3GPP: Object = Object {
    name: "3GPP",
    title: "Other objects of 3GPP",
    ids: &[
        id("urn:oma:mo:ext-3gpp-commcont:*", Memory),
        id("urn:oma:mo:ext-3gpp-acsgl:*", Memory),
        id("urn:oma:mo:ext-3gpp-ics:*", Memory),
        id("urn:oma:mo:ext-3gpp-sdoue:*", Memory),
        id("urn:oma:mo:ext-3gpp-ussi:*", Memory),
        id("urn:oma:mo:ext-3gpp-xcap:*", Memory),
        id("urn:oma:mo:ext-3gpp-mcptt*", Memory),
        id("urn:oma:mo:ext-3gpp-prose:*", Memory),
        id("urn:oma:mo:ext-3gpp-*", Memory),
    ],
    document: "3GPP TS 24.216, 24.285, 24.286, 24.305, 24.333, 24.391, 24.424, 24.483",
    ..Object::NONE
};

/// Wi-Fi Passpoint.
pub(super) static PASSPOINT: Object = Object {
    name: "Passpoint",
    title: "Wi-Fi Passpoint",
    ids: &[
        id("urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0", Code),
        id("urn:wfa:mo-ext:hotspot2dot0-devdetail-ext:1.0", Code),
    ],
    document: "Wi-Fi Alliance Hotspot 2.0",
    ..Object::NONE
};

/// oneM2M.
pub(super) static ONE_M2M: Object = Object {
    name: "oneM2M",
    title: "oneM2M",
    ids: &[id("urn:oma:mo:ext-onem2m-*", Registry)],
    document: "oneM2M TS-0005",
    ..Object::NONE
};

/// Subtrees of cdma2000 devices: names that are seen, without a description.
pub(super) static CDMA: Object = Object {
    name: "CDMA",
    title: "cdma2000 parameters",
    place: Some("./CDMA"),
    document: "3GPP2 C.S0064",
    nodes: &[
        Node::new("", ZeroOrOne, "node", "Get", "The root.").from(Code),
        Node::new("NAM", ZeroOrOne, "node", "Get", "Number assignment.").from(Code),
        Node::new("NAM/CdmaNam", ZeroOrOne, "bin", "Get", "The CDMA NAM.").from(Code),
        Node::new("NAM/MobDirNum", ZeroOrOne, "bin", "Get", "The directory number.").from(Code),
        Node::new("PRL", ZeroOrOne, "node", "Get", "Preferred roaming.").from(Code),
        Node::new("PRL/PrefRoamList", ZeroOrOne, "bin", "Get", "The list.").from(Code),
        Node::new("3GPD", ZeroOrOne, "node", "Get", "Packet data.").from(Code),
        Node::new("3GPD/<X>", ZeroOrMore, "node", "Get", "One profile.").from(Code),
        Node::new("3GPD/<X>/NAI", ZeroOrOne, "", "Get", "Network access identifier.").from(Code),
        Node::new("3GPD/<X>/PasswordAAA", ZeroOrOne, "", "", "A password.").from(Code),
        Node::new("3GPD/<X>/PasswordHA", ZeroOrOne, "", "", "A password.").from(Code),
        Node::new("3GPD/<X>/PriHAIp", ZeroOrOne, "", "Get", "The home agent.").from(Code),
        Node::new("3GPD/<X>/SecHAIp", ZeroOrOne, "", "Get", "The other home agent.").from(Code),
        Node::new("3GPD/<X>/MobileIpAddress", ZeroOrOne, "", "Get", "The address.").from(Code),
        Node::new("3GPD/<X>/ReverseTunneling", ZeroOrOne, "", "Get", "Whether it tunnels back.").from(Code),
    ],
    ..Object::NONE
};

/// Connectivity of applications, as application characteristics of client provisioning become nodes.
pub(super) static APPLICATION: Object = Object {
    name: "Application",
    title: "Connectivity of applications",
    ids: &[
        id("urn:oma:mo:oma-imps:1.0", Text),
        id("urn:oma:mo:oma-mms:*", Memory),
        id("urn:oma:mo:oma-email:*", Memory),
        id("urn:oma:mo:oma-browser:*", Memory),
        id("urn:oma:mo:oma-supl:*", Memory),
        id("urn:oma:mo:oma-poc:*", Memory),
        id("urn:oma:mo:oma-bcast:*", Memory),
        id("urn:oma:mo:oma-push:*", Memory),
        id("urn:oma:mo:oma-ds:*", Memory),
    ],
    document: "application characteristics of OMA Client Provisioning",
    nodes: &[
        Node::new("", ZeroOrMore, "node", "Get", "The root of an account."),
        Node::new("AppID", ZeroOrOne, "chr", "Get", "APPID."),
        Node::new("ProviderID", ZeroOrOne, "chr", "Get", "PROVIDER-ID."),
        Node::new("Name", ZeroOrOne, "chr", "Get", "NAME."),
        Node::new("AAccept", ZeroOrOne, "chr", "Get", "AACCEPT."),
        Node::new("AProtocol", ZeroOrOne, "chr", "Get", "APROTOCOL."),
        Node::new("PrefConDef", ZeroOrOne, "chr", "Get", "TO-PROXY or TO-NAPID, where there is one."),
        Node::new("ToConRef", ZeroOrOne, "node", "Get", "TO-PROXY or TO-NAPID, where there are several."),
        Node::new("ToConRef/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("ToConRef/<X>/ConRef", ZeroOrOne, "chr", "Get", "The connection."),
        Node::new("PrefAddr", ZeroOrOne, "chr", "Get", "ADDR."),
        Node::new("AppAddr", ZeroOrOne, "node", "Get", "APPADDR."),
        Node::new("AppAddr/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("AppAddr/<X>/Addr", ZeroOrOne, "chr", "Get", "ADDR."),
        Node::new("AppAddr/<X>/AddrType", ZeroOrOne, "chr", "Get", "ADDRTYPE."),
        Node::new("AppAddr/<X>/Port", ZeroOrOne, "node", "Get", "PORT."),
        Node::new("AppAddr/<X>/Port/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("AppAddr/<X>/Port/<X>/PortNbr", ZeroOrOne, "chr", "Get", "PORTNBR."),
        Node::new("AppAddr/<X>/Port/<X>/Service", ZeroOrOne, "node", "Get", "SERVICE."),
        Node::new("AppAuth", ZeroOrOne, "node", "Get", "APPAUTH."),
        Node::new(
            "AppAuth/<X>",
            OneOrMore,
            "node",
            "Get",
            "One of them: AAuthLevel, AAuthType, AAuthName, AAuthSecret, AAuthData.",
        ),
        Node::new("Resource", ZeroOrOne, "node", "Get", "RESOURCE."),
        Node::new("Resource/<X>", OneOrMore, "node", "Get", "One of them: URI, Name, AAccept, and credentials."),
    ],
    ..Object::NONE
};
