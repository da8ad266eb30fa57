import { stepSix } from '../support/step-six.ts'

stepSix('document').run()
stepSix('strict').run()
