import type { Metadata } from "next";
import { Suspense } from "react";

import { ReviewPage, Waiting } from "@/review/review-page";

export const metadata: Metadata = { title: "Review" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <ReviewPage />
    </Suspense>
  );
}
