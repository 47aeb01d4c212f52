"use client";

import english from "@messages/en/measure.json";
import type { ReactNode } from "react";

import { PageWords } from "@/i18n/page-words";
import { ReviewWords } from "@/review/words";
import { Waiting } from "@/ui/waiting";

const german = () => import("@messages/de/measure.json").then((module) => module.default);

/** Gives all below it the texts of measurement, and of reviews, which name kinds of manipulation. */
export function MeasureWords({ children }: { children: ReactNode }) {
  return (
    <PageWords of="measure" english={english} load={german} waiting={<Waiting />}>
      <ReviewWords waiting={<Waiting />}>{children}</ReviewWords>
    </PageWords>
  );
}
