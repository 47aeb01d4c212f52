import type { Metadata } from "next";
import { Suspense } from "react";

import { People } from "@/account/people";

export const metadata: Metadata = { title: "Workspace" };

export default function Page() {
  return (
    <Suspense>
      <People />
    </Suspense>
  );
}
