import type { Metadata } from "next";
import { Suspense } from "react";

import { Law, Waiting } from "@/law/law";

export const metadata: Metadata = { title: "What the law says" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <Law />
    </Suspense>
  );
}
