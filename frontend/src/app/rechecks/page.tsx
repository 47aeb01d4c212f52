import type { Metadata } from "next";
import { Suspense } from "react";

import { RechecksPage, Waiting } from "@/rechecks/rechecks";

export const metadata: Metadata = { title: "Rechecks" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <RechecksPage />
    </Suspense>
  );
}
