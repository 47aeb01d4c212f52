"use client";

import { useTranslations } from "use-intl";

import { Human } from "@/library/list/human";
import { Card } from "@/ui/card";

import { useMoment } from "./analyses";
import { useLabels } from "./use-medium";

/** What people held a file to be, the newest first; nothing where nobody has said. */
export function History({ id }: { id: string }) {
  const t = useTranslations("library.medium");
  const moment = useMoment();
  const labels = useLabels(id).data?.labels ?? [];
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
    </Card>
  );
}
