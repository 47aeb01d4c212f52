import type { Metadata } from "next";
import { Suspense } from "react";

import { Compare } from "@/compare/compare";
import { Waiting } from "@/compare/waiting";

export const metadata: Metadata = { title: "Compare two files" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <Compare />
    </Suspense>
  );
}
