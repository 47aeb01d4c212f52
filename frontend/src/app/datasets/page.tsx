import type { Metadata } from "next";
import { Suspense } from "react";

import { DatasetsPage } from "@/datasets/datasets-page";
import { Waiting } from "@/ui/waiting";

export const metadata: Metadata = { title: "Data sets" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <DatasetsPage />
    </Suspense>
  );
}
