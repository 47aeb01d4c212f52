import type { Metadata } from "next";
import { Suspense } from "react";

import { PoliciesPage } from "@/policies/policies-page";
import { Waiting } from "@/ui/waiting";

export const metadata: Metadata = { title: "Policies" };

export default function Page() {
  return (
    <Suspense fallback={<Waiting />}>
      <PoliciesPage />
    </Suspense>
  );
}
