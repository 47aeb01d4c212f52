"""A version as Croissant metadata (version 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

from __future__ import annotations

from typing import Any

from deepshield.datasets.reading import VersionView
from deepshield.domain.datasets import Split

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_ARCHIVE, _MANIFEST, _MEDIA = "archive.zip", "manifest.jsonl", "media"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification recommends (appendix 1)."""

_FIELDS: dict[str, tuple[str, str]] = {
    "file": ("sc:Text", "Path of the file in the archive."),
    "label": ("sc:Text", "real or fake."),
    "value": ("sc:Text", "What people hold the file to be: authentic, manipulated or generated."),
    "manipulation": ("sc:Text", "How a fake was made; null of a real file."),
    "kind": ("sc:Text", "image or video."),
    "dataset": ("sc:Text", "Where the file came from."),
    "group": ("sc:Text", "The person or source clip, whose files are in one split."),
    "made_by": ("sc:Text", "The program whose traces the file has, if any."),
    "licence": ("sc:Text", "Of the file."),
    "sha256": ("sc:Text", "Of the file."),
    "size_bytes": ("sc:Integer", "Of the file."),
    "grade": ("sc:Text", "What the label stands on: single, double or adjudicated."),
    "label_revision": ("sc:Integer", "Of the label."),
}


def croissant(view: VersionView, workspace: str, origin: str) -> dict[str, Any]:
    """Return the description of a version; addresses begin with ``origin``, which is the service's own."""
    dataset, row = view.dataset, view.row
    there = f"{origin}/api/datasets/{dataset.id}/versions/{row.number}"
    files = row.counts["files"]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": dataset.name,
        "description": dataset.description
        or f"{files} labelled photos and videos, {row.counts['fake']} of them manipulated or generated.",
        "license": row.licence,
        "url": f"{origin}/datasets/?id={dataset.id}&version={row.number}",
        "creator": {"@type": "sc:Organization", "name": workspace},
        "datePublished": row.frozen_at.date().isoformat(),
        "dateCreated": dataset.created_at.date().isoformat(),
        "version": f"{row.number}.0.0",
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": _MANIFEST,
                "name": _MANIFEST,
                "description": "A line per file: its label, group and split.",
                "contentUrl": f"{there}/{_MANIFEST}",
                "encodingFormat": "application/jsonlines",
                "sha256": row.manifest_sha256,
            },
            {
                "@type": "cr:FileObject",
                "@id": _ARCHIVE,
                "name": _ARCHIVE,
                "description": f"{view.kept} of the {files} files, which are still kept, and the manifest.",
                "contentUrl": f"{there}/{_ARCHIVE}",
                "encodingFormat": "application/zip",
            },
            {
                "@type": "cr:FileSet",
                "@id": _MEDIA,
                "name": _MEDIA,
                "containedIn": {"@id": _ARCHIVE},
                "encodingFormat": "application/octet-stream",
                "includes": "files/*/*/*",
            },
        ],
        "recordSet": [_splits(), _files()],
    }


def _splits() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": "splits/url", "name": "url", "dataType": ["sc:URL", "wd:Q3985153"]},
        ],
        "data": [{"splits/name": split.value, "splits/url": _MEANING[split]} for split in Split],
    }


_MEANING = {
    Split.TRAIN: "cr:TrainingSplit",
    Split.VALIDATION: "cr:ValidationSplit",
    Split.TEST: "cr:TestSplit",
}


def _files() -> dict[str, Any]:
    fields = [_field(name, kind, said) for name, (kind, said) in _FIELDS.items()]
    split = {
        **_field("split", "sc:Text", "No group has files in two."),
        "references": {"field": {"@id": "splits/name"}},
    }
    return {
        "@type": "cr:RecordSet",
        "@id": "files",
        "name": "files",
        "key": {"@id": "files/sha256"},
        "field": [*fields, split],
    }


def _field(name: str, kind: str, said: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"files/{name}",
        "name": name,
        "description": said,
        "dataType": kind,
        "source": {"fileObject": {"@id": _MANIFEST}, "extract": {"column": name}},
    }
