"use client";

import dynamic from "next/dynamic";

import { Waiting } from "@/ui/waiting";

// With the texts that only this page has.
const Measure = dynamic(() => import("./measure").then((module) => module.Measure), {
  ssr: false,
  loading: () => <Waiting />,
});

/** How well the model does on data sets and on the workspace's own files. */
export function MeasurePage() {
  return <Measure />;
}
