"""What a file says of itself, as part of a result: Content Credentials, metadata, and traces of software.

It never moves a score. All texts come from the file and are untrusted: they are bounded in number and length
and have no control characters; only what a trusted signature covers is more than anybody could have written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from deepshield.domain.personal import is_personal
from deepshield.result_base import Part

LINE, EXCERPT = 160, 400  # characters
MOST_FIELDS, MOST_HINTS, MOST_ACTIONS, MOST_INGREDIENTS, MOST_PROBLEMS = 80, 24, 32, 32, 16
DEEPEST = 8  # levels of ingredients

Line = Annotated[str, StringConstraints(max_length=LINE)]
Excerpt = Annotated[str, StringConstraints(max_length=EXCERPT)]


class CredentialState(StrEnum):
    """What the check of a signed record (C2PA manifest) came to."""

    TRUSTED = "trusted"  # nothing changed, by a signer of a trust list
    UNKNOWN_SIGNER = "unknown_signer"  # nothing changed, by a signer of no installed list
    INVALID = "invalid"
    NONE = "none"
    UNREADABLE = "unreadable"


class TrustListKind(StrEnum):
    """The lists of certificates that signatures are checked against."""

    SIGNERS = "signers"  # of C2PA's conformance programme
    TIME_STAMPS = "time-stamps"  # of its time-stamping authorities
    INTERIM = "interim"  # the list before it, frozen since 2026


class TimeSource(StrEnum):
    """Who says when a record was signed."""

    TRUSTED_STAMP = "trusted_stamp"
    UNTRUSTED_STAMP = "untrusted_stamp"


class AiUse(StrEnum):
    """What a file says that a generative model did."""

    MADE = "made"
    EDITED = "edited"
    CONTAINS = "contains"  # one of the files that were put into it


class AiStatement(Part):
    """A signed record's statement that a generative model took part."""

    use: AiUse
    source_type: Line = Field(description="IPTC's digitalSourceType, the last part of its address.")
    state: CredentialState = Field(
        description="Of the least trusted of the record that says so and those between it and the file."
    )
    trust_list: TrustListKind | None = Field(description="That has the signer of that one.")
    signer: Line | None
    issuer: Line | None
    signed_at: Line | None


class Action(Part):
    """One thing that was done to the file, as its signed record says."""

    action: Line
    when: Line | None
    software: Line | None
    source_type: Line | None


class Ingredient(Part):
    """A file that was put into this one, as its signed record says."""

    depth: int = Field(ge=1, le=DEEPEST, description="1 for what was put into the file itself.")
    title: Line | None
    relationship: Line | None
    state: CredentialState = Field(description="Of the ingredient's own record.")
    signer: Line | None
    tool: Line | None
    source_type: Line | None


class SignedRecord(Part):
    """The file's Content Credentials (C2PA)."""

    state: CredentialState
    problems: list[Line] = Field(
        default_factory=list,
        max_length=MOST_PROBLEMS,
        description="The standard's codes of what failed, or in a word why the record could not be read.",
    )
    trust_list: TrustListKind | None = Field(default=None, description="That has the signer.")
    trust_lists: list[TrustListKind] = Field(
        default_factory=list, max_length=3, description="Installed where the file was checked."
    )
    ai: AiStatement | None = None
    signer: Line | None = Field(default=None, description="Common name of the certificate.")
    issuer: Line | None = Field(default=None, description="Organisation of the certificate.")
    signed_at: Line | None = Field(default=None, description="By a time stamp; null without one.")
    time_source: TimeSource | None = None
    tool: Line | None = Field(default=None, description="The claim's generator.")
    actions: list[Action] = Field(default_factory=list, max_length=MOST_ACTIONS)
    actions_left_out: int = Field(default=0, ge=0)
    ingredients: list[Ingredient] = Field(default_factory=list, max_length=MOST_INGREDIENTS)
    ingredients_left_out: int = Field(default=0, ge=0)
    remote_url: Excerpt | None = Field(
        default=None, description="Where the file says that its record is kept; it was not fetched."
    )


class MetadataSource(StrEnum):
    """Where in a file a statement is."""

    EXIF = "exif"
    XMP = "xmp"
    IPTC = "iptc"
    TEXT = "text"  # a PNG's text, a JPEG's comment
    CONTAINER = "container"  # tags of a video and its streams
    CREDENTIALS = "credentials"
    TRAILER = "trailer"  # bytes after the picture
    FILE = "file"


class MetadataField(Part):
    """One statement of the metadata, which anybody can write."""

    source: MetadataSource
    name: Line
    value: Excerpt
    personal: bool = Field(
        default=False,
        description="Says a place, names somebody or one device, or is text that people write; left out of "
        "shares and, unless asked for, of reports.",
    )


class Camera(Part):
    """What the file says of the camera and the picture's taking."""

    make: Line | None = None
    model: Line | None = None
    lens: Line | None = None
    software: Line | None = None
    taken_at: Line | None = None
    exposure: Line | None = None
    aperture: Line | None = None
    iso: Line | None = None
    focal_length: Line | None = None


class Location(Part):
    """Where the file says that it was taken: for who sent it, and a workspace's leads and admins."""

    latitude: float = Field(ge=-90, le=90, description="Degrees.")
    longitude: float = Field(ge=-180, le=180, description="Degrees.")
    altitude: float | None = Field(default=None, description="Metres.")


class FileMetadata(Part):
    """What the unsigned metadata say."""

    unreadable: list[MetadataSource] = Field(
        default_factory=list, max_length=len(MetadataSource), description="Damaged, or too large to read."
    )
    camera: Camera | None = None
    location: Location | None = Field(
        default=None, description="Null in shares and reports, and for other members."
    )
    location_withheld: bool = Field(default=False, description="There is one, which is not shown here.")
    fields: list[MetadataField] = Field(default_factory=list, max_length=MOST_FIELDS)
    fields_left_out: int = Field(default=0, ge=0)


class HintKind(StrEnum):
    """What software left a trace."""

    AI_GENERATED = "ai_generated"
    AI_EDITED = "ai_edited"
    EDITED = "edited"


class HintStrength(StrEnum):
    """How seldom a trace is there for another reason, were it not forged."""

    STRONG = "strong"
    WEAK = "weak"


class Hint(Part):
    """A trace of a generator or an editor in what is not signed."""

    rule: Line
    kind: HintKind
    generator: Line
    strength: HintStrength
    source: MetadataSource
    name: Line
    value: Excerpt


class JpegTables(StrEnum):
    """Whose quantisation tables a JPEG has."""

    STANDARD = "standard"  # libjpeg's, which messengers, web sites and most software use
    OWN = "own"  # a camera's or an editor's


class Encoding(Part):
    """How the file was last written, which hints at copies on the way."""

    encoder: Line | None = Field(default=None, description="The software that the file names.")
    jpeg_tables: JpegTables | None = None
    jpeg_quality: int | None = Field(default=None, ge=1, le=100, description="Of standard tables.")
    jpeg_app: Line | None = Field(default=None, description="The software known by its marks.")
    like_app: Line | None = Field(
        default=None, description="Services whose copies have such a size and no camera facts."
    )
    compressed_before: bool | None = Field(
        default=None,
        description="Whether the coefficients of a JPEG show that it was compressed at least twice. False: "
        "no trace of that was found. Null: not looked for, as in videos, drawings and small pictures.",
    )


class Provenance(Part):
    """All that the file says of itself. It is evidence beside the verdict and never moves the score."""

    credentials: SignedRecord
    metadata: FileMetadata
    hints: list[Hint] = Field(default_factory=list, max_length=MOST_HINTS)
    encoding: Encoding | None = None

    def impersonal(self) -> Provenance:
        """Return it without the location, and without what says a place or names somebody or one device.

        Fields are judged by their names again: results are kept from releases that knew fewer. A trace in
        such a field keeps its rule and its name, without the text around it. What a signed record names files
        that were put into this one is left out as well: people name files.
        """
        metadata = self.metadata
        kept = [field for field in metadata.fields if not (field.personal or is_personal(field.name))]
        hidden = metadata.location is not None or metadata.location_withheld
        shown = {"location": None, "location_withheld": hidden, "fields": kept}
        hints = [
            hint.model_copy(update={"value": "…"}) if is_personal(hint.name) else hint for hint in self.hints
        ]
        parts = [one.model_copy(update={"title": None}) for one in self.credentials.ingredients]
        return self.model_copy(update={
            "credentials": self.credentials.model_copy(update={"ingredients": parts}),
            "metadata": metadata.model_copy(update=shown),
            "hints": hints,
        })  # fmt: skip


UNREADABLE = Provenance(
    credentials=SignedRecord(state=CredentialState.UNREADABLE),
    metadata=FileMetadata(unreadable=[MetadataSource.FILE]),
)
"""Of a file that could not be read for what it says, which harms no verdict."""
