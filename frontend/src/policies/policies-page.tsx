"use client";

import dynamic from "next/dynamic";

import { Waiting } from "@/ui/waiting";

// With the texts that only this page has.
const Policies = dynamic(() => import("./policies").then((module) => module.Policies), {
  ssr: false,
  loading: () => <Waiting />,
});

/** The rules by which a workspace's verdicts are given. */
export function PoliciesPage() {
  return <Policies />;
}
