//! The operations of `/v2/orders/subscriptions/resources/autorenew/{resource_id}`.

mod auto;
mod cancel;

billing::component! { POST AutoRenewalResources => auto::auto, DELETE CancelAutoRenewalResources => cancel::cancel }
