import type { Metadata } from "next";
import { Suspense } from "react";

import { LibraryPage } from "@/library/library-page";
import { Waiting } from "@/ui/waiting";

export const metadata: Metadata = { title: "Library" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting tall />}>
      <LibraryPage />
    </Suspense>
  );
}
