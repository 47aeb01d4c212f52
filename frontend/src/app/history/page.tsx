import type { Metadata } from "next";
import { Suspense } from "react";

import { History, Waiting } from "@/history/history";

export const metadata: Metadata = { title: "History" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <History />
    </Suspense>
  );
}
