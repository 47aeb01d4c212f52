"use client";

import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";

const GRADES = { single: "¹", double: "²", adjudicated: "ᴸ" } as const;
const VALUES = ["authentic", "manipulated", "generated", "unknown"] as const;

/** What people hold a file to be, with a mark for how many have decided it; a dash where nobody has. */
export function Human({ label }: { label: Medium["label"] }) {
  const t = useTranslations("library");
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
