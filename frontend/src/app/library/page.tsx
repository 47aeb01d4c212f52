import type { Metadata } from "next";
import { Suspense } from "react";

import { LibraryPage, Waiting } from "@/library/library-page";

export const metadata: Metadata = { title: "Library" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <LibraryPage />
    </Suspense>
  );
}
