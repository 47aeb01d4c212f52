import type { Metadata } from "next";
import { Suspense } from "react";

import { DatasetsPage } from "@/datasets/datasets";
import { Waiting } from "@/datasets/words";

export const metadata: Metadata = { title: "Data sets" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <DatasetsPage />
    </Suspense>
  );
}
