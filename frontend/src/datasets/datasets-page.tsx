"use client";

import { Waiting } from "@/ui/waiting";
import dynamic from "next/dynamic";

// With the texts that only this page has.
const Datasets = dynamic(() => import("./datasets").then((module) => module.Datasets), {
  ssr: false,
  loading: () => <Waiting />,
});

/** The labelled files of a workspace, frozen as versions. */
export function DatasetsPage() {
  return <Datasets />;
}
