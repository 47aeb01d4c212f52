"use client";

import english from "@messages/en/review.json";
import type { ReactNode } from "react";

import { PageWords } from "@/i18n/page-words";

const german = () => import("@messages/de/review.json").then((module) => module.default);

/** Gives all below it the texts of reviews. */
export function ReviewWords({ waiting, children }: { waiting: ReactNode; children: ReactNode }) {
  return (
    <PageWords of="review" english={english} load={german} waiting={waiting}>
      {children}
    </PageWords>
  );
}
