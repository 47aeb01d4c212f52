import type { Metadata } from "next";
import { Suspense } from "react";

import { BatchPage, Waiting } from "@/batch/batch";

export const metadata: Metadata = { title: "Batches" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <BatchPage />
    </Suspense>
  );
}
