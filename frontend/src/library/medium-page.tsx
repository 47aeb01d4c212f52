"use client";

import dynamic from "next/dynamic";

import { Waiting } from "@/ui/waiting";

// With the texts that only the library's pages have.
const Medium = dynamic(() => import("./medium").then((module) => module.MediumScreen), {
  ssr: false,
  loading: () => <Waiting tall />,
});

/** One file of the library, named by `?id=`. */
export function MediumPage() {
  return <Medium />;
}
