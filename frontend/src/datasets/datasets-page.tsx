"use client";

import dynamic from "next/dynamic";

import { Waiting } from "./waiting";

// With the texts that only this page has.
const Datasets = dynamic(() => import("./datasets").then((module) => module.Datasets), {
  ssr: false,
  loading: () => <Waiting />,
});

/** The labelled files of a workspace, frozen as versions. */
export function DatasetsPage() {
  return <Datasets />;
}
