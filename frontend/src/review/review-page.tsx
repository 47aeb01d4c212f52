"use client";

import dynamic from "next/dynamic";

import { Waiting } from "@/ui/waiting";

// With the texts that only this page has.
const Review = dynamic(() => import("./review").then((module) => module.Review), {
  ssr: false,
  loading: () => <Waiting tall />,
});

/** Where reviewers read files one at a time, and leads see what is read. */
export function ReviewPage() {
  return <Review />;
}
