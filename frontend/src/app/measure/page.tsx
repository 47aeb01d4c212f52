import type { Metadata } from "next";
import { Suspense } from "react";

import { MeasurePage } from "@/measure/measure-page";
import { Waiting } from "@/ui/waiting";

export const metadata: Metadata = { title: "Measurement" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <MeasurePage />
    </Suspense>
  );
}
