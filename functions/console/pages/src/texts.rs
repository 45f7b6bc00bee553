//! The texts of all pages, and those of the states that things are in.

use billing::domain::account::AccountType;
use billing::domain::account::statement::DetailType;
use billing::domain::bill::{BillType, ChargeMode};
use billing::domain::coupon::{CouponStatus, QuotaStatus, QuotaType};
use billing::domain::delivery::DeliveryState;
use billing::domain::order::{OrderStatus, OrderType};
use billing::domain::partner::{AssociationType, PartnerKind, VerifiedStatus};
use billing::domain::realname::{ReviewResult, SubmissionKind};
use billing::domain::resource::ResourceStatus;
use billing::operator::Role;

use crate::text::{Text, texts};

texts! {
    CONSOLE: "Partner console", "伙伴控制台";
    SKIP: "Skip to the content", "跳到正文";
    NAVIGATION: "Pages", "页面";
    OTHER_LANGUAGE: "中文", "English";
    ALL_TIMES: "All times are GMT+8.", "所有时间均为 GMT+8。";
    NOTHING: "Nothing yet.", "暂无数据。";
    PREVIOUS: "Previous page", "上一页";
    NEXT: "Next page", "下一页";
    YES: "Yes", "是";
    NO: "No", "否";
    CONTINUE: "Continue", "继续";
    CONFIRM: "Confirm", "确认";
    CANCEL: "Do not do it", "取消";
    SHOW: "Show", "显示";
    DONE: "Done", "已完成";
    NOT_DONE: "Not done", "未执行";
    WHAT: "For", "对象";
    RESULT: "Result", "结果";
    ACTION: "Action", "操作";

    SIGN_IN: "Sign in", "登录";
    SIGN_OUT: "Sign out", "退出";
    SIGNED_IN_AS: "Signed in as", "当前登录";
    SIGN_IN_PARTNER: "As a partner", "以伙伴身份登录";
    SIGN_IN_OPERATOR: "As the operator", "以运营者身份登录";
    ACCESS_KEY_ID: "Access key", "访问密钥 (AK)";
    SECRET_KEY: "Secret key", "私有访问密钥 (SK)";
    OPERATOR_TOKEN: "Operator token", "运营者令牌";
    WRONG_SIGN_IN: "That did not open anything. Five wrong secret keys in a row lock an access key for five minutes.",
        "登录信息不正确。连续五次输入错误的私有密钥，该访问密钥将锁定五分钟。";
    CUSTOMERS_HAVE_NONE: "The console is for partners. A customer's access key does not open it.",
        "控制台仅供伙伴使用，客户的访问密钥不能登录。";
    NOT_READY: "Nobody can sign in here yet: the variable master_key is not set.",
        "尚不能登录：未设置变量 master_key。";
    DEMO_HINT: "“cargo xtask up --demo” prints access keys and the operator token to sign in with.",
        "“cargo xtask up --demo” 会打印可用于登录的访问密钥和运营者令牌。";

    REFUSED: "That was not done", "操作未执行";
    NOT_FOUND: "There is no such page", "页面不存在";
    FORM_FOREIGN: "This form is out of date or did not come from this console. Open the page again.",
        "表单已失效或并非来自本控制台，请重新打开页面。";
    CHANGED_NOTHING: "Nothing was changed.", "没有任何更改。";

    OVERVIEW: "Overview", "概览";
    BALANCES: "Accounts", "账户";
    ACCOUNT: "Account", "账户";
    AVAILABLE: "Available", "可用金额";
    CREDIT_LIMIT: "Credit limit", "信用额度";
    QUOTAS: "Coupon quotas", "代金券额度";
    QUOTA: "Quota", "额度";
    KIND: "Kind", "类型";
    STATUS: "Status", "状态";
    GRANTED: "Granted", "总额";
    LEFT: "Left", "剩余";
    EXPIRES: "Expires", "到期时间";
    EFFECTIVE: "Valid from", "生效时间";
    CUSTOMERS: "Customers", "客户";
    CUSTOMER: "Customer", "客户";
    NAME: "Name", "名称";
    ACCOUNT_NAME: "Account name", "账号名";
    ASSOCIATION: "Association", "关联类型";
    REAL_NAME: "Real-name status", "实名状态";
    ASSOCIATED_ON: "Since", "关联时间";
    ALL_CUSTOMERS: "All customers", "全部客户";
    ALL_QUOTAS: "All quotas", "全部额度";

    STATEMENT: "Statement", "收支明细";
    TIME: "Time", "时间";
    CHANGE: "Change", "变动类型";
    AMOUNT: "Amount", "金额";
    BALANCE_AFTER: "Balance after", "变动后余额";
    WITH: "With", "对方";
    NOTE: "Note", "备注";
    MONEY: "Money", "资金";
    ALLOCATE: "Allocate money", "拨款";
    RECLAIM_MONEY: "Take money back", "回收款项";
    CUSTOMER_OR_NONE: "Customer (empty for a reseller)", "客户（对经销商操作时留空）";
    RESELLER_OR_NONE: "Reseller (only if it concerns one)", "经销商（仅在涉及经销商时填写）";
    RESELLER: "Reseller", "经销商";
    RESELLERS: "Resellers", "经销商";
    CASH_BEFORE: "Cash before", "操作前现金余额";
    CASH_AFTER: "Cash afterwards", "操作后现金余额";
    NOT_ENOUGH: "Not enough: it will be refused", "余额不足，将被拒绝";
    MONEY_MOVED: "Money was moved", "款项已划转";

    COUPONS: "Coupons", "代金券";
    COUPON: "Coupon", "代金券";
    FACE_VALUE: "Face value", "面额";
    FACE_VALUE_EACH: "Face value of each", "单张面额";
    ISSUE_COUPONS: "Issue coupons", "发放代金券";
    COUPONS_ISSUED: "Coupons were issued", "代金券已发放";
    CONFIRM_ISSUE: "This will issue coupons", "即将发放代金券";
    CUSTOMERS_OF_COUPONS: "Customers, one coupon each (ids, with blanks, commas or lines between)",
        "客户 ID，每人一张（以空格、逗号或换行分隔）";
    NO_QUOTA: "There is no quota with anything left.", "没有可用的代金券额度。";
    TAKEN_FROM_QUOTA: "Taken from the quota", "从额度中扣除";
    LEFT_BEFORE: "Left of the quota before", "操作前剩余额度";
    LEFT_AFTER: "Left of the quota afterwards", "操作后剩余额度";
    RECLAIM: "Reclaim", "回收";
    CONFIRM_RECLAIM: "This will reclaim a coupon", "即将回收代金券";
    TAKEN_FROM_COUPON: "Taken from the coupon", "从代金券中收回";
    BACK_TO_QUOTA: "Goes back to the quota", "退回额度";
    COUPON_RECLAIMED: "The coupon was reclaimed", "代金券已回收";
    GRANTED_QUOTAS: "Quotas granted to resellers", "已分配给经销商的额度";

    SPENT_BY_SERVICE: "Spent by service", "按云服务统计的消费";
    BALANCE_OVER_TIME: "Cash over time", "现金余额走势";
    ORDERS: "Orders", "订单";
    ORDER: "Order", "订单";
    PLACED: "Placed", "下单时间";
    PAY_UNTIL: "Pay until", "支付截止时间";
    PAID: "Paid", "支付时间";
    PAID_BY_COUPONS: "Paid by coupons", "代金券支付";
    LINES: "Lines", "订单明细";
    PRODUCT: "Product", "产品";
    NUMBER: "Number", "数量";
    LIST_PRICE: "List price", "官网价";
    RESOURCES: "Resources", "资源";
    RESOURCE: "Resource", "资源";
    RENEWS_ITSELF: "Renews itself", "自动续费";
    BILLS: "Bills", "账单";
    MONTH: "Month", "账期";
    SERVICE: "Service", "云服务";
    CHARGED: "Charged", "计费模式";
    OWED: "Owed", "欠费";
    AS_FILE: "As a file (CSV)", "导出文件 (CSV)";

    CLOCK: "Time of the tenant", "租户时间";
    PLAYS: "Demo tenant", "演示租户";
    MOVE_CLOCK: "Move the clock forward", "推进时钟";
    MOVE_CLOCK_DOES: "Everything of this tenant follows, and nothing brings the time back.",
        "该租户的所有数据随之变化，且时间不可回退。";
    NEW_TIME: "New time (YYYY-MM-DDTHH:MM:SSZ, UTC)", "新时间（YYYY-MM-DDTHH:MM:SSZ，UTC）";
    TICK: "Let time do what is due", "执行到期任务";
    TICK_DOES: "Cancels orders that were not paid, renews, expires and releases resources, returns expired coupons.",
        "取消未支付订单，续费、到期及释放资源，退回过期代金券。";
    ORDERS_CANCELLED: "Orders cancelled", "已取消订单";
    RENEWED: "Resources renewed", "已续费资源";
    RENEWALS_UNPAID: "Renewals that could not be paid", "续费失败";
    RESOURCES_EXPIRED: "Resources expired or frozen", "已到期或冻结资源";
    RESOURCES_SWITCHED: "Resources switched to pay-per-use", "已转按需资源";
    RESOURCES_RELEASED: "Resources released", "已释放资源";
    COUPONS_RETURNED: "Expired coupons returned", "已退回的过期代金券";
    MONTHS_CLOSED: "Months closed", "已关账账期";
    MONTHS_UNCLOSED: "Months that could not be closed", "未能关账账期";
    LEFT_TO_DO: "Left to do", "剩余任务";
    REVIEWS: "Reviews to decide", "待审核实名认证";
    REVIEW: "Review", "实名审核";
    SUBMITTED: "Submitted", "提交时间";
    OPINION: "Opinion", "审核意见";
    APPROVE: "Approve", "通过";
    APPROVE_DOES: "The customer is who it says. This cannot be taken back.",
        "确认客户身份属实。此操作不可撤销。";
    REJECT: "Reject", "驳回";
    DELIVERIES: "Deliveries", "事件投递";
    DELIVERY: "Delivery", "投递";
    ATTEMPTS: "Attempts", "尝试次数";
    WRITTEN: "Written", "产生时间";
    LAST_ERROR: "Last error", "最近错误";
    SEND_AGAIN: "Send again", "重新投递";
    ACCESS_KEYS: "Access keys", "访问密钥";
    OWNER: "Owner", "所有者";
    CREATED: "Created", "创建时间";
    LOCKED_UNTIL: "Locked until", "锁定至";
    ACTIVE: "Active", "启用";
    INACTIVE: "Disabled", "停用";

    TENANTS: "Tenants", "租户";
    TENANT: "Tenant", "租户";
    AUDIT: "Audit", "审计";
    AUDIT_GREEN: "In order: nothing appeared and nothing vanished.", "正常：没有凭空出现或消失的金额。";
    AUDIT_RED: "Not in order. The figures below say what differs.", "异常，请查看以下数据。";
    AUDITED_AT: "Audited at", "审计时间";
    TRANSACTIONS: "Transactions", "事务数";
    ACCOUNTS_COUNT: "Accounts", "账户数";
    SUM: "Sum of all accounts", "所有账户之和";
    OUTSIDE_SUM: "Booked from outside", "外部入账净额";
    CONSERVED: "The two sums are equal", "两个总额相等";
    NEGATIVE: "Accounts below zero", "负余额账户数";
    JOURNAL_MATCHES: "Balances equal their journal", "余额与流水一致";
    ORDERS_MATCH: "Orders equal their transfers", "订单与转账一致";
    BILLS_MATCH: "Bills equal the ledger", "账单与账本一致";
    ENTERPRISES_MATCH: "Enterprises equal their transfers", "企业账户与划拨一致";
    CHAIN_VERIFIED: "The hash chain verifies", "哈希链校验通过";
    MAY_NOT: "Your role does not open this.", "您的角色无权执行此操作。";
}

/// The kind of an account.
pub fn account_type(of: AccountType) -> Text {
    texts! { CASH: "Cash", "现金"; CREDIT: "Credit", "信用"; }
    match of {
        AccountType::Balance => CASH,
        AccountType::Credit => CREDIT,
    }
}

/// What changed an account.
pub fn detail_type(of: DetailType) -> Text {
    texts! {
        RECHARGE: "Top-up", "充值";
        DEDUCT: "Consumption", "消费";
        REFUND: "Refund", "退款";
        UNSUBSCRIBE: "Refund of an order given back", "退订退款";
        FREEZE: "Frozen", "冻结";
        TRANSFER: "Deposit to balance", "保证金转余额";
        ADJUST: "Adjustment", "调账";
        ADJUST_CREDIT: "Credit limit adjusted", "信用额度调整";
        ALLOCATE: "Allocation", "拨款";
        RECLAIM: "Reclaim", "回收";
        UNBIND: "Reclaim on unbinding", "解绑回收";
        BONUS: "Bonus conversion", "奖励金转换";
        TRADE_MODE: "Trade mode changed", "交易模式变更";
        ENTERPRISE_TRANSFER: "Transfer to a member account", "企业划拨";
        ENTERPRISE_RETRIEVAL: "Retrieval from a member account", "企业回收";
        USAGE: "Usage", "按需使用扣费";
        WRITE_OFF: "Write-off", "欠费核销";
    }
    match of {
        DetailType::Recharge => RECHARGE,
        DetailType::Deduct => DEDUCT,
        DetailType::Refund => REFUND,
        DetailType::Unsubscribe => UNSUBSCRIBE,
        DetailType::Freeze => FREEZE,
        DetailType::Transfer => TRANSFER,
        DetailType::Adjust => ADJUST,
        DetailType::AdjustCredit => ADJUST_CREDIT,
        DetailType::Allocate => ALLOCATE,
        DetailType::Reclaim => RECLAIM,
        DetailType::Unbind => UNBIND,
        DetailType::BonusConversion => BONUS,
        DetailType::TradeModeTransfer => TRADE_MODE,
        DetailType::EnterpriseTransfer => ENTERPRISE_TRANSFER,
        DetailType::EnterpriseRetrieval => ENTERPRISE_RETRIEVAL,
        DetailType::Usage => USAGE,
        DetailType::WriteOff => WRITE_OFF,
    }
}

/// The kind of a partner.
pub fn partner_kind(of: PartnerKind) -> Text {
    texts! {
        DISTRIBUTOR: "Distributor", "总经销商";
        PROVIDER: "Solution provider", "解决方案伙伴";
        RESELLER: "Reseller", "经销商";
    }
    match of {
        PartnerKind::Distributor => DISTRIBUTOR,
        PartnerKind::SolutionProvider => PROVIDER,
        PartnerKind::Reseller => RESELLER,
    }
}

/// Who pays for a customer.
pub fn association(of: AssociationType) -> Text {
    texts! { REFERRAL: "Referral", "顾问销售"; RESALE: "Resale", "代售"; }
    match of {
        AssociationType::Referral => REFERRAL,
        AssociationType::Resale => RESALE,
    }
}

/// How far a customer's real-name authentication is.
pub fn verified_status(of: VerifiedStatus) -> Text {
    texts! {
        UNVERIFIED: "Not authenticated", "未实名";
        UNDER_REVIEW: "Under review", "审核中";
        REJECTED: "Rejected", "已驳回";
        VERIFIED: "Authenticated", "已实名";
    }
    match of {
        VerifiedStatus::Unverified => UNVERIFIED,
        VerifiedStatus::UnderReview => UNDER_REVIEW,
        VerifiedStatus::Rejected => REJECTED,
        VerifiedStatus::Verified => VERIFIED,
    }
}

/// What a quota issues.
pub fn quota_type(of: QuotaType) -> Text {
    texts! { CASH: "Cash coupons", "代金券"; FLEXI: "Flexi-purchase coupons", "储值券"; }
    match of {
        QuotaType::Cash => CASH,
        QuotaType::FlexiPurchase => FLEXI,
    }
}

/// The state of a quota.
pub fn quota_status(of: QuotaStatus) -> Text {
    texts! {
        NORMAL: "Normal", "正常";
        INVALID: "Expired", "已失效";
        ADJUSTING: "Being adjusted", "调整中";
        FROZEN: "Frozen", "已冻结";
        RECLAIMED: "Reclaimed", "已回收";
    }
    match of {
        QuotaStatus::Normal => NORMAL,
        QuotaStatus::Invalid => INVALID,
        QuotaStatus::Adjusting => ADJUSTING,
        QuotaStatus::Frozen => FROZEN,
        QuotaStatus::Reclaimed => RECLAIMED,
    }
}

/// The state of a coupon.
pub fn coupon_status(of: CouponStatus) -> Text {
    texts! {
        NOT_ACTIVATED: "Not valid yet", "未生效";
        USABLE: "Usable", "可使用";
        USED: "Used up", "已用完";
        EXPIRED: "Expired", "已过期";
        RECLAIMED: "Reclaimed", "已回收";
    }
    match of {
        CouponStatus::NotActivated => NOT_ACTIVATED,
        CouponStatus::Usable => USABLE,
        CouponStatus::Used => USED,
        CouponStatus::Expired => EXPIRED,
        CouponStatus::Reclaimed => RECLAIMED,
    }
}

/// What an order is for.
pub fn order_type(of: OrderType) -> Text {
    texts! {
        SUBSCRIPTION: "Purchase", "新购";
        RENEWAL: "Renewal", "续费";
        CHANGE: "Change", "变更";
        UNSUBSCRIPTION: "Unsubscription", "退订";
        TO_ON_DEMAND: "To pay-per-use", "包年/包月转按需";
        TO_PERIOD: "To yearly/monthly", "按需转包年/包月";
        TRIAL: "Trial", "试用";
        TRIAL_TO_COMMERCIAL: "Trial to commercial use", "试用转商用";
        FEE: "Fee adjustment", "费用调整";
    }
    match of {
        OrderType::Subscription => SUBSCRIPTION,
        OrderType::Renewal => RENEWAL,
        OrderType::Change => CHANGE,
        OrderType::Unsubscription => UNSUBSCRIPTION,
        OrderType::ToOnDemand => TO_ON_DEMAND,
        OrderType::ToPeriod => TO_PERIOD,
        OrderType::Trial => TRIAL,
        OrderType::TrialToCommercial => TRIAL_TO_COMMERCIAL,
        OrderType::FeeAdjustment => FEE,
    }
}

/// How far an order has come.
pub fn order_status(of: OrderStatus) -> Text {
    texts! {
        APPROVAL: "Waits for approval", "待审核";
        REFUND: "Waits for its refund", "待退款";
        PROCESSING: "Processing", "处理中";
        CANCELLED: "Cancelled", "已取消";
        COMPLETED: "Completed", "已完成";
        PAYMENT: "Waits for payment", "待支付";
        CONFIRMATION: "Waits for confirmation", "待确认";
    }
    match of {
        OrderStatus::PendingApproval => APPROVAL,
        OrderStatus::PendingRefund => REFUND,
        OrderStatus::Processing => PROCESSING,
        OrderStatus::Cancelled => CANCELLED,
        OrderStatus::Completed => COMPLETED,
        OrderStatus::PendingPayment => PAYMENT,
        OrderStatus::PendingConfirmation => CONFIRMATION,
    }
}

/// The state of a resource.
pub fn resource_status(of: ResourceStatus) -> Text {
    texts! {
        IN_USE: "In use", "使用中";
        CLOSED: "Closed", "已关闭";
        FROZEN: "Frozen", "已冻结";
        EXPIRED: "Expired", "已过期";
    }
    match of {
        ResourceStatus::InUse => IN_USE,
        ResourceStatus::Closed => CLOSED,
        ResourceStatus::Frozen => FROZEN,
        ResourceStatus::Expired => EXPIRED,
    }
}

/// How consumption is charged.
pub fn charge_mode(of: ChargeMode) -> Text {
    texts! {
        PERIOD: "Yearly/monthly", "包年/包月";
        ON_DEMAND: "Pay-per-use", "按需";
        SAVINGS_PLAN: "Savings plan", "节省计划";
    }
    match of {
        ChargeMode::YearlyMonthly => PERIOD,
        ChargeMode::PayPerUse => ON_DEMAND,
        ChargeMode::SavingsPlan => SAVINGS_PLAN,
    }
}

/// What a sum of a bill is.
pub fn bill_type(of: BillType) -> Text {
    texts! {
        CONSUMPTION: "Consumption", "消费";
        UNSUBSCRIPTION: "Unsubscription", "退订";
        WRITE_OFF: "Write-off", "核销";
    }
    match of {
        BillType::Consumption => CONSUMPTION,
        BillType::Unsubscription => UNSUBSCRIPTION,
        BillType::WriteOff => WRITE_OFF,
    }
}

/// What a real-name submission asks for.
pub fn submission_kind(of: SubmissionKind) -> Text {
    texts! {
        INDIVIDUAL: "As a person", "个人认证";
        ENTERPRISE: "As an enterprise", "企业认证";
        CHANGE: "From person to enterprise", "个人变更为企业";
    }
    match of {
        SubmissionKind::Individual => INDIVIDUAL,
        SubmissionKind::Enterprise => ENTERPRISE,
        SubmissionKind::Change => CHANGE,
    }
}

/// The state of a real-name submission.
pub fn review_result(of: ReviewResult) -> Text {
    texts! {
        UNDER_REVIEW: "Under review", "审核中";
        REJECTED: "Rejected", "已驳回";
        APPROVED: "Approved", "已通过";
    }
    match of {
        ReviewResult::UnderReview => UNDER_REVIEW,
        ReviewResult::Rejected => REJECTED,
        ReviewResult::Approved => APPROVED,
    }
}

/// How far a message has come.
pub fn delivery_state(of: DeliveryState) -> Text {
    texts! {
        PENDING: "Pending", "待投递";
        DELIVERED: "Delivered", "已投递";
        FAILED: "Given up", "已放弃";
    }
    match of {
        DeliveryState::Pending => PENDING,
        DeliveryState::Delivered => DELIVERED,
        DeliveryState::Failed => FAILED,
    }
}

/// What an operator's token opens.
pub fn role(of: Role) -> Text {
    texts! {
        READ: "Reads everything but personal data", "只读";
        REVIEWS: "Decides reviews", "审核";
        SUPPORT: "Helps customers", "客户支持";
        EVERYTHING: "Everything", "全部权限";
    }
    match of {
        Role::Read => READ,
        Role::Reviews => REVIEWS,
        Role::Support => SUPPORT,
        Role::Everything => EVERYTHING,
    }
}
