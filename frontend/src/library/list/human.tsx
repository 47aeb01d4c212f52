"use client";

import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";

const GRADES = { single: "¹", double: "²", adjudicated: "ᴸ" } as const;
const VALUES = ["authentic", "manipulated", "generated", "unknown"] as const;

type Props = { label: Medium["label"]; withheld?: boolean };

/** What people hold a file to be, with a mark for how many have decided it; a dash where nobody has. */
export function Human({ label, withheld = false }: Props) {
  const t = useTranslations("library");
  if (withheld) return <span className="text-muted">{t("withheld")}</span>;
  if (label === null) return <span className="text-muted">–</span>;
  const value = VALUES.find((known) => known === label.value);
  const grade = label.grade in GRADES ? (label.grade as keyof typeof GRADES) : "single";
  return (
    <span title={t(`grade.${grade}`)}>
      <span className="font-medium">{value === undefined ? label.value : t(`human.${value}`)}</span>
      <span aria-hidden>{GRADES[grade]}</span>
      <span className="sr-only">, {t(`grade.${grade}`)}</span>
    </span>
  );
}
