"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { Encoding, FileMetadata, Provenance } from "@/api/schema";
import { FactList } from "@/result/trust/fact-list";

/** Metadata and traces of software, all of which can be forged. */
export function UnsignedPart({ said }: { said: Provenance }) {
  const t = useTranslations("provenance");
  const { metadata, encoding } = said;
  const hints = said.hints ?? [];
  return (
    <>
      <p className="mb-3">{t("forgeable")}</p>
      {hints.length === 0 ? (
        <p className="mb-3 text-sm">{t("noHints")}</p>
      ) : (
        <ul aria-label={t("hints")} className="mb-4 flex list-disc flex-col gap-2 pl-5">
          {hints.map((one) => (
            <li key={one.rule} className="[overflow-wrap:anywhere]">
              {t("hint", { kind: one.kind, generator: one.generator, strength: one.strength })}
              <span className="line-clamp-3 text-sm text-muted">
                {t("found", { source: t(`sources.${one.source}`), name: one.name, value: one.value })}
              </span>
            </li>
          ))}
        </ul>
      )}
      <FactList facts={[...useFacts(metadata), { name: t("encoding"), value: useEncoding(encoding) }]} />
      <Fields metadata={metadata} />
    </>
  );
}

function useFacts(metadata: FileMetadata) {
  const t = useTranslations("provenance");
  const format = useFormatter();
  const camera = metadata.camera ?? null;
  const place = metadata.location ?? null;
  const degrees = (value: number) => format.number(value, { maximumFractionDigits: 5 });
  const where =
    place === null
      ? null
      : t("place", { latitude: degrees(place.latitude), longitude: degrees(place.longitude) });
  const joined = (...texts: (string | null | undefined)[]) => texts.filter(Boolean).join(", ") || null;
  const unread = (metadata.unreadable ?? []).map((source) => t(`sources.${source}`));
  return [
    { name: t("camera"), value: joined(camera?.make, camera?.model, camera?.lens) },
    { name: t("takenAt"), value: camera?.taken_at ?? null },
    {
      name: t("settings"),
      value: joined(
        camera?.exposure,
        camera?.aperture,
        camera?.iso && `ISO ${camera.iso}`,
        camera?.focal_length,
      ),
    },
    { name: t("software"), value: camera?.software ?? null },
    {
      name: t("location"),
      value:
        where === null ? (metadata.location_withheld ? t("withheld") : null) : `${where} (${t("ownerOnly")})`,
    },
    { name: t("unreadable"), value: joined(...unread) },
  ];
}

function useEncoding(encoding: Encoding | null | undefined): string | null {
  const t = useTranslations("provenance");
  if (!encoding) return null;
  const tables = encoding.jpeg_tables;
  const texts = [
    encoding.encoder,
    tables && t(`jpeg.${tables}`, { quality: encoding.jpeg_quality ?? 0 }),
    encoding.jpeg_app,
    encoding.like_app && t("likeApp", { app: encoding.like_app }),
    encoding.compressed_before && t("compressedBefore"),
  ];
  return texts.filter(Boolean).join("; ") || null;
}

function Fields({ metadata }: { metadata: FileMetadata }) {
  const t = useTranslations("provenance");
  const fields = metadata.fields ?? [];
  const more = metadata.fields_left_out ?? 0;
  if (fields.length === 0) return null;
  return (
    <details className="mt-4">
      <summary className="min-h-11 cursor-pointer pointer-fine:min-h-6">
        {t("fields", { count: fields.length + more })}
      </summary>
      <FactList
        facts={fields.map(({ source, name, value }) => ({
          name: `${t(`sources.${source}`)} ${name}`,
          value,
        }))}
      />
      {more > 0 && <p className="mt-1 text-sm text-muted">{t("more", { count: more })}</p>}
    </details>
  );
}
