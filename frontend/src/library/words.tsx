"use client";

import english from "@messages/en/library.json";
import type { ReactNode } from "react";

import { PageWords } from "@/i18n/page-words";

import { Waiting } from "@/ui/waiting";

const german = () => import("@messages/de/library.json").then((module) => module.default);

/** Gives all below it the texts of the library. */
export function LibraryWords({ children }: { children: ReactNode }) {
  return (
    <PageWords of="library" english={english} load={german} waiting={<Waiting tall />}>
      {children}
    </PageWords>
  );
}
