"use client";

import { useLocale, useTranslations } from "use-intl";

import type { ReviewFile } from "@/api/schema";
import { bytes } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { Card } from "@/ui/card";

/** What is known of the file itself; nothing of what was found in it. */
export function FileFacts({ file }: { file: ReviewFile }) {
  const t = useTranslations("review.file");
  const locale = useLocale();
  const time = useTimeText();
  const { kind, width, height, duration_ms: length, size_bytes: size, content_type: type, source } = file;
  const facts: [string, string | null][] = [
    [t("kind"), [t(`kinds.${kind}`), type].filter(Boolean).join(", ")],
    [t("size"), bytes(size, locale)],
    [t("pixels"), width === null || height === null ? null : `${width} × ${height}`],
    [t("length"), kind === "video" && length !== null ? time(length) : null],
    [t("source"), source?.url ?? null],
    ["SHA-256", file.sha256],
  ];
  return (
    <Card title={t("title")}>
      <dl className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}
