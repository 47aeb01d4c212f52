"use client";

import { useTranslations } from "use-intl";

type Reason = "no_label" | "no_consent" | "deleted";

type Props = {
  counts: Partial<Record<Reason, number>>;
  /** Files that were not looked at, since who froze the version read them blind. */
  readBlind: number;
};

/** How many chosen files could not be used, and why; nothing where all could. */
export function LeftOut({ counts, readBlind }: Props) {
  const t = useTranslations("datasets.leftOut");
  const reasons = (["no_label", "no_consent", "deleted"] as const).filter((one) => (counts[one] ?? 0) > 0);
  if (reasons.length === 0 && readBlind === 0) return null;
  return (
    <ul className="text-sm text-muted">
      {reasons.map((one) => (
        <li key={one}>{t(one, { count: counts[one] ?? 0 })}</li>
      ))}
      {readBlind > 0 && <li>{t("read_blind", { count: readBlind })}</li>}
    </ul>
  );
}
