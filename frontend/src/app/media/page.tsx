import type { Metadata } from "next";
import { Suspense } from "react";

import { Waiting } from "@/library/library-page";
import { MediumPage } from "@/library/medium-page";

export const metadata: Metadata = { title: "File" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <MediumPage />
    </Suspense>
  );
}
