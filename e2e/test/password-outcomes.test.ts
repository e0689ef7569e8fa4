import { describeOutcomes } from "../describe-outcomes.ts";
import { passwordOutcomes } from "../outcomes/password-outcomes.ts";

describeOutcomes(passwordOutcomes);
