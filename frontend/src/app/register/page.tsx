import type { Metadata } from "next";
import { Suspense } from "react";

import { Register } from "@/account/register";

export const metadata: Metadata = { title: "Create an account" };

export default function Page() {
  return (
    <Suspense>
      <Register />
    </Suspense>
  );
}
