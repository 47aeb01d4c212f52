import type { Metadata } from "next";
import { Suspense } from "react";

import { Compare, Waiting } from "@/compare/compare";

export const metadata: Metadata = { title: "Compare two files" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <Compare />
    </Suspense>
  );
}
