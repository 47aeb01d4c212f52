import type { Metadata } from "next";
import { Suspense } from "react";

import { DatasetsPage, Waiting } from "@/datasets/datasets";

export const metadata: Metadata = { title: "Data sets" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <DatasetsPage />
    </Suspense>
  );
}
