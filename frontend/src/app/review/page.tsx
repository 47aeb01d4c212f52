import type { Metadata } from "next";
import { Suspense } from "react";

import { ReviewPage } from "@/review/review-page";
import { Waiting } from "@/ui/waiting";

export const metadata: Metadata = { title: "Review" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting tall />}>
      <ReviewPage />
    </Suspense>
  );
}
