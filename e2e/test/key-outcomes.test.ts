import { describeOutcomes } from "../describe-outcomes.ts";
import { keyOutcomes } from "../outcomes/key-outcomes.ts";

// Apart from making keys, which has a file of its own so that both run side by side.
describeOutcomes(keyOutcomes.filter(({ title }) => !title.startsWith("key generate")));
