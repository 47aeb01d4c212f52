"use client";

import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";
import { Human } from "@/library/list/human";
import { Card } from "@/ui/card";

import { useMoment } from "./analyses";
import { Older } from "./older";
import { useLabels } from "./use-medium";

/** What people held a file to be, the newest first; nothing where nobody has said. */
export function History({ medium: { id, withheld } }: { medium: Medium }) {
  const t = useTranslations("library.medium");
  const library = useTranslations("library");
  const moment = useMoment();
  const pages = useLabels(id, !withheld);
  const labels = pages.data?.pages.flatMap((page) => page.labels) ?? [];
  if (withheld)
    return (
      <Card title={t("labels")}>
        <p className="text-sm text-muted">{library("withheld")}</p>
      </Card>
    );
  if (labels.length === 0) return null;
  return (
    <Card title={t("labels")}>
      <ol className="flex flex-col gap-2">
        {labels.map((label) => (
          <li key={label.revision}>
            <Human label={label} />
            <span className="block text-sm text-muted">
              {t("labelled", { revision: label.revision, at: moment(label.at), count: label.reviews.length })}
              {label.decided_by !== null && `, ${label.decided_by}`}
            </span>
          </li>
        ))}
      </ol>
      <Older pages={pages} words={t("olderLabels")} />
    </Card>
  );
}
