"use client";

import english from "@messages/en/policies.json";
import type { ReactNode } from "react";

import { PageWords } from "@/i18n/page-words";
import { Waiting } from "@/ui/waiting";

const german = () => import("@messages/de/policies.json").then((module) => module.default);

/** Gives all below it the texts of policies. */
export function PolicyWords({ children }: { children: ReactNode }) {
  return (
    <PageWords of="policies" english={english} load={german} waiting={<Waiting />}>
      {children}
    </PageWords>
  );
}
