/** The fake must behave like the real session, or tests of the screen prove nothing. */
import { FakeSession } from '../helpers/fakeSession.ts';
import { shop } from '../tui/shop.ts';
import { describeSessionContract } from './contract.ts';

/** Takes a step whenever the event loop has time, until it is closed. */
class SelfSteppingSession extends FakeSession {
  private timer = setInterval(() => this.step(), 0);

  override async close(): Promise<void> {
    clearInterval(this.timer);
    await super.close();
  }
}

describeSessionContract('fake', async interleave => {
  const { workload, script } = await shop();
  const [first, second, ...rest] = workload.queries.map(query => query.id);
  if (first === undefined || second === undefined) throw new Error('the shop has six queries');
  return {
    session: new SelfSteppingSession({
      ...script,
      eager: false,
      ...(interleave === undefined ? {} : { interleave }),
    }),
    queryIds: [first, second, ...rest],
    helpful: 'idx_orders_date_status_amount',
    irrelevant: 'idx_inventory_product',
    steers: { name: 'enable_bitmapscan', value: 'off' },
    workload,
    view: { proposal: 'customer_lifetime_stats', queryId: '05-customer-lifetime-value' },
  };
});
