import type { Metadata } from "next";
import { Suspense } from "react";

import { Loading, ResultPage } from "@/result/result-page";

export const metadata: Metadata = { title: "Result" };

export default function Page() {
  return (
    <Suspense fallback={<Loading />}>
      <ResultPage />
    </Suspense>
  );
}
