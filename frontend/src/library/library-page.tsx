"use client";

import dynamic from "next/dynamic";

import { Waiting } from "@/ui/waiting";

// With the texts that only this page has.
const Library = dynamic(() => import("./library").then((module) => module.Library), {
  ssr: false,
  loading: () => <Waiting tall />,
});

/** The files of a workspace: found by a query, chosen, and acted upon. */
export function LibraryPage() {
  return <Library />;
}
