"""XMP packets: XML by strangers, read without entities and in bounded size."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from deepshield.domain.personal import is_personal
from deepshield.provenance.exif import location
from deepshield.provenance.statements import Statements
from deepshield.result_provenance import LINE, MetadataSource

_LARGEST = 2**20  # bytes of a packet
_MOST = 5_000  # elements
_LONGEST_NAMESPACE = 1_000  # characters
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
}
_TAKEN = ("", "Iptc4xmpExt:LocationCreated/", "Iptc4xmpExt:LocationShown/")
_DEGREES = re.compile(r"^(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])$")


def read_xmp(packet: bytes | str, into: Statements) -> None:
    """Add what a packet says: each property by prefix and name; what has parts, part by part.

    A packet that is damaged, too large, or has entities is noted as unreadable.
    """
    content = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    if len(content) > _LARGEST:
        into.failed(MetadataSource.XMP)
        return
    try:
        parser = _Parser()
        parser.feed(content.strip(b"\0 \r\n\t"))
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        into.failed(MetadataSource.XMP)
        return
    _walk(root, into)
    _locate(into)


def _walk(root: Element, into: Statements) -> None:
    """Go over the elements in their order, without recursion, since a packet may be nested at will.

    What is within a place or a person has their name before its own: a street's number says a place too.
    """
    stack = [(root, "", "")]
    seen = 0
    while stack and seen < _MOST:
        element, name, whose = stack.pop()
        seen += 1
        own = element.tag if isinstance(element.tag, str) else ""
        if own and not own.startswith((_RDF, "{adobe:ns:meta/}")):
            name = _named(own, whose)
            whose = whose or (name if is_personal(name) else "")
        for attribute, value in element.attrib.items():
            if not attribute.startswith(_RDF) and attribute != _XML_LANG and not attribute.endswith("}xmptk"):
                into.add(MetadataSource.XMP, _named(attribute, whose), value)
        if name:
            into.add(MetadataSource.XMP, name, element.text)
        stack.extend((child, name, whose) for child in reversed(list(element)))


class _Parser(DefusedXMLParser):  # type: ignore[misc]  # the package has no types
    """Refuses names of namespaces that are long: each element that has one repeats it."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=True)
        self.parser.StartNamespaceDeclHandler = _require_short


def _require_short(_: str | None, namespace: str | None) -> None:
    if namespace is not None and len(namespace) > _LONGEST_NAMESPACE:
        raise ValueError("the name of a namespace is too long")


def _named(tag: str, whose: str) -> str:
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    prefix = _PREFIXES.get(namespace)
    own = (f"{prefix}:{name}" if prefix else name)[:LINE]
    return f"{whose}/{own}" if whose else own


def _locate(into: Statements) -> None:
    for where in _TAKEN:
        latitude = _angle(into.first(MetadataSource.XMP, f"{where}exif:GPSLatitude"))
        longitude = _angle(into.first(MetadataSource.XMP, f"{where}exif:GPSLongitude"))
        if into.location is None and latitude is not None and longitude is not None:
            into.location = location(latitude, longitude)


def _angle(value: str | None) -> float | None:
    found = _DEGREES.match(value or "")
    if found is None:
        return None
    degrees, minutes, seconds, side = found.groups()
    angle = int(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
    return -angle if side in "SW" else angle
