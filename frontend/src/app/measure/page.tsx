import type { Metadata } from "next";
import { Suspense } from "react";

import { MeasurePage, Waiting } from "@/measure/measure";

export const metadata: Metadata = { title: "Measurement" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <MeasurePage />
    </Suspense>
  );
}
