import type { Metadata } from "next";
import { Suspense } from "react";

import { Waiting } from "@/ui/waiting";
import { MediumPage } from "@/library/medium-page";

export const metadata: Metadata = { title: "File" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting tall />}>
      <MediumPage />
    </Suspense>
  );
}
