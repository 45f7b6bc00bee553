//! The texts of all pages, and those of the states that things are in.

use billing::domain::account::AccountType;
use billing::domain::account::statement::DetailType;
use billing::domain::authorisation::AuthorisationStatus;
use billing::domain::bill::{BillType, ChargeMode};
use billing::domain::coupon::{CouponKind, CouponStatus, QuotaStatus};
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
    ENTER_CODE: "Enter the code", "输入验证码";
    CODE_GOES_TO: "Your second factor is on. A code was sent to", "您已启用双重验证。验证码已发送至";
    ANOTHER_CODE: "Send another code", "重新发送验证码";
    ANOTHER_SENT: "Another code is on its way. The one before no longer counts.",
        "新的验证码已发送，之前的验证码不再有效。";
    START_OVER: "Sign in with another key", "使用其他密钥登录";
    SIGN_IN_ENDED: "The sign-in was over before its code came. Begin again.",
        "登录已超时，请重新登录。";
    CODE_WRONG: "The verification code is wrong.", "验证码不正确。";
    CODE_EXPIRED: "The verification code has expired. Send another one.", "验证码已过期，请重新发送。";
    CODE_FAILED: "The verification code was wrong too often. Send another one.",
        "验证码错误次数过多，请重新发送。";
    CODE_LIMIT: "The limit of codes is reached: 15 an hour and 60 a day for a number. Try again later.",
        "验证码发送次数已达上限（每个号码每小时 15 条、每天 60 条），请稍后再试。";
    CODE_NO_WAY: "No code can be sent: the operator has set up no receiver of events.",
        "无法发送验证码：运营者未设置事件接收地址。";
    CODE_NOT_DELIVERED: "The code was not delivered. Try again.", "验证码未能送达，请重试。";
    DEMO_HINT: "“cargo xtask up --demo” prints access keys and the operator token to sign in with.",
        "“cargo xtask up --demo” 会打印可用于登录的访问密钥和运营者令牌。";

    REFUSED: "That was not done", "操作未执行";
    NOT_FOUND: "There is no such page", "页面不存在";
    FORM_FOREIGN: "This form is out of date or did not come from this console. Open the page again.",
        "表单已失效或并非来自本控制台，请重新打开页面。";
    CHANGED_NOTHING: "Nothing was changed.", "没有任何更改。";
    WRONG_FIELD: "What has to be corrected:", "需要更正的内容：";

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
    CUSTOMER_ID: "Customer (its id, from the list of customers)", "客户 ID（见客户列表）";
    FIND_CUSTOMER: "Part of the account name or name, or the whole id", "账号名或名称的一部分，或完整的客户 ID";
    FIND: "Find", "查找";
    NOBODY_FOUND: "No customer has that in its account name, name or id.", "没有账号名、名称或 ID 匹配的客户。";
    PAYS_THE_CLOUD: "The customer pays the cloud itself: it has no account here, and gets no money and no coupons from you.",
        "该客户自行向云厂商付费：在此没有账户，您不能向其拨款或发放代金券。";
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
    CUSTOMER_OR_NONE: "Customer (its id; empty for a reseller)", "客户 ID（对经销商操作时留空）";
    RESELLER_OR_NONE: "Reseller (its id, for itself or for a customer of its own)",
        "经销商 ID（对经销商本身或其客户操作时填写）";
    RESELLER: "Reseller", "经销商";
    RESELLERS: "Resellers", "经销商";
    CASH_BEFORE: "Cash before", "操作前现金余额";
    CASH_AFTER: "Cash afterwards", "操作后现金余额";
    CANNOT_MOVE: "None of yours to move money to or from: it will be refused", "不是可划转款项的客户或经销商，将被拒绝";
    NOT_ENOUGH: "Not enough: it will be refused", "余额不足，将被拒绝";
    MONEY_MOVED: "Money was moved", "款项已划转";

    COUPONS: "Coupons", "代金券";
    COUPON: "Coupon", "代金券";
    FACE_VALUE: "Face value", "面额";
    FACE_VALUE_EACH: "Face value of each", "单张面额";
    ISSUE_COUPONS: "Issue coupons", "发放代金券";
    COUPONS_ISSUED: "Coupons were issued", "代金券已发放";
    CONFIRM_ISSUE: "This will issue coupons", "即将发放代金券";
    CUSTOMERS_OF_COUPONS: "Customers, one coupon each", "客户（每人一张）";
    OTHERS_OF_COUPONS: "Other customers (ids, with blanks, commas or lines between)",
        "其他客户 ID（以空格、逗号或换行分隔）";
    VALID_FROM_OR_QUOTAS: "Valid from (GMT+8; empty: from when the quota is)", "生效时间（GMT+8，留空则与额度一致）";
    EXPIRES_OR_QUOTAS: "Expires (GMT+8; empty: when the quota does)", "到期时间（GMT+8，留空则与额度一致）";
    NARROW_COUPONS: "For certain services or products only", "限定云服务或产品";
    SERVICES_OF_COUPONS: "Services that the coupons pay for (none: those of the quota)",
        "可用于的云服务（不选则与额度一致）";
    OTHER_SERVICES_OF_COUPONS: "Other services (codes, with blanks, commas or lines between)",
        "其他云服务编码（以空格、逗号或换行分隔）";
    PRODUCTS_OF_COUPONS: "Products (ids, with blanks, commas or lines between; none: those of the quota)",
        "产品 ID（以空格、逗号或换行分隔，留空则与额度一致）";
    SERVICES_ONLY: "For these services only", "限用云服务";
    PRODUCTS_ONLY: "For these products only", "限用产品";
    QUOTA_MUST_BE: "Choose a quota.", "请选择额度。";
    CUSTOMERS_MUST_BE: "Choose one to a thousand customers.", "请选择 1 至 1,000 个客户。";
    FACE_VALUE_MUST_BE: "An amount above zero with at most two decimals, such as 12.50.",
        "请输入大于零、最多两位小数的金额，例如 12.50。";
    VALID_TIME_MUST_BE: "A time at which the quota is valid, or nothing.", "请输入额度有效期内的时间，或留空。";
    EXPIRE_TIME_MUST_BE: "A time to come, after the coupons become valid and no later than the quota expires, or nothing.",
        "请输入晚于当前时间和生效时间、且不晚于额度到期的时间，或留空。";
    SERVICES_MUST_BE: "At most ten services, each of at most 256 characters.", "最多 10 个云服务，每个最多 256 个字符。";
    PRODUCTS_MUST_BE: "At most ten products, each of at most 256 characters.", "最多 10 个产品，每个最多 256 个字符。";
    NOTE_MUST_BE: "At most 512 characters.", "最多 512 个字符。";
    NO_QUOTA: "There is no quota with anything left.", "没有可用的代金券额度。";
    TAKEN_FROM_QUOTA: "Taken from the quota", "从额度中扣除";
    LEFT_BEFORE: "Left of the quota before", "操作前剩余额度";
    LEFT_AFTER: "Left of the quota afterwards", "操作后剩余额度";
    WILL_HAPPEN: "What will happen", "预期结果";
    REASON: "Reason", "原因";
    GETS_A_COUPON: "Gets a coupon", "将获得代金券";
    WILL_BE_REFUSED: "Will be refused", "将被拒绝";
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
    MONTH_BEFORE: "Month before", "上一账期";
    MONTH_AFTER: "Month after", "下一账期";
    SERVICE: "Service", "云服务";
    CHARGED: "Charged", "计费模式";
    OWED: "Owed", "欠费";
    FILES: "Files", "文件导出";
    FILE: "File", "文件";
    TAKE_AWAY: "Take the file away", "导出";
    PARTNER_OR_ALL: "Partner (empty for all)", "伙伴（留空表示全部）";
    SUMS_AS_CSV: "Sums of the month (CSV)", "月度汇总 (CSV)";
    LINES_AS_CSV: "Bill lines of the month (CSV)", "账单明细 (CSV)";
    LINES_AS_FOCUS: "Bill lines of the month as FOCUS has them (CSV)", "FOCUS 格式账单明细 (CSV)";
    LINES_AS_PARQUET: "Bill lines of the month as FOCUS has them (Parquet)", "FOCUS 格式账单明细 (Parquet)";
    STATEMENT_AS_CSV: "Statement of the last year (CSV)", "近一年收支明细 (CSV)";
    LEDGER_AS_JOURNAL: "The ledger for hledger", "hledger 账本";
    FIRST_SUMS_ALONE: "There are more sums than are read here: the files have all of them.",
        "汇总数量超出页面读取范围，完整内容请导出文件。";
    AS_TABLE: "As a table", "查看数据表";
    ALL_OTHERS: "All others", "其他";
    BARS_SHOW: "A bar for each service, the most expensive first. The table below has the same figures.",
        "每个云服务一条，按金额从高到低排列。下方数据表内容相同。";
    STEPS_SHOW: "A line of what the account held after each change. The table below has the same figures.",
        "折线表示每次变动后的余额。下方数据表内容相同。";
    ENDS_SOON: "Ends within 30 days", "30 天内到期";
    ENDS: "Ends", "到期时间";
    WAIT_FOR_PAYMENT: "Orders that wait", "待处理订单";
    UNDER_REVIEW: "Customers under real-name review", "实名审核中的客户";
    THERE_MAY_BE_MORE: "There may be more: the first ones are listed.", "仅列出最早到期的部分，可能还有更多。";
    ALL_ORDERS: "All orders", "全部订单";

    CLOCK: "Time of the tenant", "租户时间";
    PLAYS: "Demo tenant", "演示租户";
    MOVE_CLOCK: "Move the clock forward", "推进时钟";
    MOVE_CLOCK_DOES: "Everything of this tenant follows, and nothing brings the time back.",
        "该租户的所有数据随之变化，且时间不可回退。";
    NEW_TIME: "New time (GMT+8)", "新时间（GMT+8）";
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
    GOES_TO: "Goes to", "接收方";
    OPERATORS_RECEIVER: "The operator's systems", "运营者系统";
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
    GRANT_QUOTA: "Grant a quota", "分配额度";
    GRANT_QUOTA_DOES: "A part of the quota becomes a quota of each reseller, which it issues coupons from.",
        "将额度的一部分分配给各经销商，由其发放代金券。";
    RESELLERS_OF_QUOTAS: "Resellers, one part each (ids, with blanks, commas or lines between)",
        "经销商 ID，每家一份（以空格、逗号或换行分隔）";
    AMOUNT_EACH: "Amount of each part", "每份金额";
    QUOTA_GRANTED: "The quota was granted", "额度已分配";
    RECLAIM_QUOTA: "Reclaim a quota", "回收额度";
    RECLAIM_QUOTA_DOES: "What the reseller has not issued goes back to the quota that it was granted from. Coupons that were issued stay valid.",
        "经销商尚未发放的部分退回原额度，已发放的代金券仍然有效。";
    QUOTA_RECLAIMED: "The quota was reclaimed", "额度已回收";
    LEFT_OF_GRANTED: "Goes back", "退回金额";

    AUTHORISATIONS: "Authorisations", "授权";
    AUTHORISATIONS_ARE: "You order on behalf of a customer once it has let you. You ask here; the customer answers.",
        "客户授权后方可代其下单。在此发起请求，由客户答复。";
    ASK_AUTHORISATION: "Ask a customer", "请求授权";
    ASKED_ON: "Asked", "请求时间";
    ANSWERED_ON: "Answered", "答复时间";
    ORDER_ON_BEHALF: "Order on behalf of a customer", "代客户下单";
    SERVICE_TYPE: "Service (code)", "云服务类型（编码）";
    RESOURCE_TYPE: "Type of resource (code)", "资源类型（编码）";
    SPECIFICATION: "Specification (code)", "规格（编码）";
    REGION: "Region (code)", "区域（编码）";
    TERM_UNIT: "Term", "周期类型";
    TERM_MONTHS: "Months", "月";
    TERM_YEARS: "Years", "年";
    TERM_COUNT: "How many months or years", "周期数量";
    PAY_AT_ONCE: "Pay at once from the customer's account", "立即从客户账户支付";
    CONFIRM_ORDER: "This will place an order", "即将下单";
    CUSTOMER_PAYS: "The customer pays it until the deadline.", "由客户在截止时间前支付。";
    SET_PRICE: "Set the price", "修改价格";
    NEW_PRICE: "New price, at most the list price", "新价格（不高于官网价）";
    PRICE_SET: "The price was set", "价格已修改";
    PAY_ON_BEHALF: "The customer asks you to pay", "客户请求您代付";
    PAY_ON_BEHALF_IS: "A customer that pays the cloud itself can ask you to pay an order of its own, which is not in the list above. It tells you the order's id.",
        "自行向云厂商付费的客户可请求您代付其订单，此类订单不在上方列表中。请向客户获取订单 ID。";
    PAY: "Pay from your account", "从您的账户支付";
    REFUSE_TO_PAY: "Refuse: the customer pays itself", "拒绝：由客户自行支付";
    DECIDED: "Decided", "已处理";

    SECOND_FACTOR: "Second factor", "双重验证";
    FACTOR_IS: "While it is on, allocations, grants, reclaims and each sign-in ask for a code that is sent to your number.",
        "启用后，登录以及拨款、分配与回收操作均需输入发送至您手机的验证码。";
    FACTOR_ON: "On", "已启用";
    FACTOR_OFF: "Off", "未启用";
    SWITCH_ON: "Switch it on", "启用";
    SWITCH_OFF: "Switch it off", "停用";
    MOBILE: "Mobile number", "手机号";
    SINCE: "Since", "启用时间";
    CODE: "Verification code", "验证码";
    SEND_CODE: "Send a code", "发送验证码";
    CODE_SENT: "A code was sent", "验证码已发送";
    CODE_IS_SENT: "A code is on its way. Go back to the page that asks for it.", "验证码已发送，请返回需要输入验证码的页面。";

    NOTIFICATIONS: "Notifications", "事件通知";
    NOTIFICATIONS_ARE: "An address of yours is told of your customers' orders and resources and of decisions about their real names.",
        "将客户的订单、资源及实名审核结果推送至您的地址。";
    ADDRESS: "Address", "通知地址";
    BOUND_SINCE: "Bound", "绑定时间";
    NONE_BOUND: "None", "未绑定";
    NOT_OPENED: "It cannot be opened, and nothing is sent there. Ask the operator, or bind an address again.",
        "该地址无法解密，事件不会发送。请联系运营者或重新绑定地址。";
    BOUND_ONE: "One that cannot be opened", "无法解密的地址";
    NO_HOSTS: "No address can be bound: the operator has not set the variable notification_hosts.",
        "暂不能绑定地址：运营者尚未设置变量 notification_hosts。";
    BIND: "Bind an address", "绑定地址";
    BIND_DOES: "Events go to the new address from now on. It gets a secret of its own, and a secret that was given out before ends.",
        "此后的事件将发送至新地址。新地址使用新的密钥，原密钥随即失效。";
    ADDRESS_BEFORE: "Address before", "原地址";
    ADDRESS_AFTER: "Address afterwards", "新地址";
    ADDRESS_BOUND: "The address was bound", "地址已绑定";
    SECRET: "Secret", "密钥";
    SECRET_IS_SHOWN_ONCE: "Keep the secret now: no other page shows it. Each event is signed with it, as the Standard Webhooks specification says.",
        "请立即保存密钥，其他页面不再显示。每个事件均按 Standard Webhooks 规范以此密钥签名。";
    BOUND_ANOTHER: "Another address has been bound since then.", "此后已绑定其他地址。";
    UNBIND: "Take the address away", "解除绑定";
    UNBIND_DOES: "Nothing more is sent there, and its secret ends. What waits is sent to the next address that is bound within three days.",
        "不再向该地址发送事件，密钥随即失效。待投递的事件将发送至三天内新绑定的地址。";
    TEST_EVENT: "Test event", "测试事件";
    TEST_EVENT_DOES: "An event about nothing is sent to the address at once.", "立即向该地址发送一个测试事件。";
    SEND_TEST_EVENT: "Send a test event", "发送测试事件";
    TEST_WAS_TAKEN: "The receiver has taken it.", "接收方已接收。";
    TEST_WAS_NOT_TAKEN: "The receiver did not take it. The list says why, and it is tried again.",
        "接收方未接收。原因见列表，系统将再次尝试。";

    MOVED_TO: "Moved to", "推进至";
    CONFIRM_THIS: "This will be done", "请确认操作";
    SETTINGS: "Settings", "设置";
    PROVISION_AT_ONCE: "Paid orders are provided at once", "支付后立即开通";
    NEEDS_APPROVAL: "Orders wait for approval", "订单需审批";
    TELLS_EVENTS: "The webhook receiver is told of orders and resources", "向 Webhook 推送订单和资源事件";
    GRACE_DAYS: "Days of grace", "宽限期（天）";
    RETENTION_DAYS: "Days of retention", "保留期（天）";
    FREE_DAYS: "Days in which a resource is given back without a reason", "无理由退订期限（天）";
    FREE_PER_YEAR: "How often a customer can do so in a year", "每年无理由退订次数";
    SAVE: "Save", "保存";
    SAVE_DOES: "They hold for what happens from now on.", "自此刻起生效。";

    SNAPSHOTS: "Snapshots", "快照";
    SNAPSHOT: "Snapshot", "快照";
    TAKEN_ON: "Taken", "创建时间";
    NEEDED_BY_FORK: "A fork needs it", "被分支租户使用";
    TAKE_SNAPSHOT: "Take a snapshot", "创建快照";
    TAKE_SNAPSHOT_DOES: "It takes the place of the snapshot that has the name, if there is one.",
        "如已有同名快照，将被替换。";
    SNAPSHOT_NAME: "Name (letters, digits, hyphens, underscores, dots)", "名称（字母、数字、连字符、下划线、点）";
    RESTORE: "Restore", "恢复";
    RESTORE_DOES: "Everything that the tenant's books have now is replaced by what they had then. Access keys stay as they are.",
        "租户账本的当前内容将全部替换为快照内容，访问密钥保持不变。";
    DROP: "Drop", "删除";
    DROP_DOES: "The snapshot cannot be restored any more.", "删除后该快照无法恢复。";
    TENANT_AGAIN: "The tenant's id once more: it is not a demo tenant", "请再次输入租户 ID（非演示租户）";

    FAULTS: "Faults", "故障注入";
    FAULTS_ARE: "What requests of this demo tenant meet, so that a client can be tried.",
        "该演示租户的请求将遇到的故障，用于验证客户端。";
    OPERATION: "Operation", "接口";
    EVERY_OPERATION: "Operation (empty for all)", "接口（留空表示全部）";
    STATUS_CODE: "HTTP status", "HTTP 状态码";
    ERROR_CODE: "Error code", "错误码";
    LATENCY: "Milliseconds that a request waits", "延迟（毫秒）";
    EVERY_NTH: "One of how many requests (empty for all)", "每多少次触发一次（留空表示每次）";
    SEEN: "Requests seen", "匹配次数";
    FIRED: "Applied", "触发次数";
    SET_FAULT: "Set the fault", "设置故障";
    SET_FAULT_DOES: "It takes the place of the faults that are there.", "将替换现有的全部故障规则。";
    REMOVE_FAULTS: "Remove all faults", "清除全部故障";
    REMOVE_FAULTS_DOES: "Requests are answered as usual again.", "请求恢复正常应答。";
    SANDBOX: "Limits and record", "限流与记录";
    LIMITS: "The limits of the live service are in force", "启用现网限流";
    RECORDS: "Requests are recorded", "记录请求";

    REQUESTS: "Requests", "请求记录";
    REQUESTS_ARE: "What programs have asked of this demo tenant, and what they were answered. It is recorded while that is switched on.",
        "程序对该演示租户发起的请求及其应答，开启记录后可见。";
    RECORD_IS_SWITCHED: "It is switched on and off with the limits:", "记录开关与限流在同一页面：";
    REQUEST: "Request", "请求";
    ANSWER: "Answer", "应答";
    SEQUENCE: "Number", "序号";
    CALLER: "Caller", "调用方";
    MILLISECONDS: "Milliseconds", "耗时（毫秒）";
    REQUEST_ID: "Request id", "请求 ID";

    MONTHS: "Months", "账期管理";
    CLOSE_MONTH: "Close a month", "关账";
    CLOSE_MONTH_DOES: "The month's bills are checked against the ledger and never change again. This cannot be taken back.",
        "核对该月账单与账本，此后账单不再变化。此操作不可撤销。";
    CLOSE: "Close", "关账";
    CLOSED_AT: "Closed at", "关账时间";
    MONTH_CLOSED: "Closed", "已关账";
    MONTH_OPEN: "Open", "未关账";
    BILL_LINES: "Lines", "账单行数";
    CONSUMED: "Consumed", "消费总额";
    LINES_AS_FOCUS_HAS_THEM: "Bill lines as FOCUS has them", "FOCUS 格式账单明细";
    PARQUET: "Parquet", "Parquet";

    IMPORT: "Import a book", "导入账本";
    IMPORT_DOES: "A book is a file with one JSON object a line. Its lines are put into the books one \
         after the other, in all the tenants that they name, and stay there. A line that is there \
         already is skipped, so the same book can be imported again; a line that is refused ends the \
         import, and the lines before it stay.",
        "账本文件每行一个 JSON 对象。各行依次写入其所属租户的账本且不可撤销。已存在的行会跳过，\
         同一文件可重复导入；遇到被拒绝的行即停止，之前的行保留。";
    BOOK: "Book", "账本文件";
    SENT: "Sent", "已发送";
    STOP: "Stop", "停止";
    IMPORT_RUNNING: "The book is being imported. Keep this page open.", "正在导入账本，请勿关闭此页面。";
    IMPORT_STOPPED: "Stopped. The lines counted here are in; import the same book again to go on.",
        "已停止。以上各行已导入，重新导入同一文件即可继续。";
    IMPORT_LOST: "The server did not answer, or your session has ended. Sign in if you are asked to, \
         and import the same book again: lines that are in are skipped.",
        "服务器未应答或登录已失效。请重新登录后再次导入同一文件，已导入的行会自动跳过。";
    BOOK_LIMIT: "At most 1 MB at once.", "单次最大 1 MB。";
    BOOK_IMPORTED: "The whole book is in.", "账本已全部导入。";
    LINES_APPLIED: "Lines imported now", "本次导入行数";
    LINES_SKIPPED: "Lines that were there before", "已存在而跳过的行数";
    REFUSED_LINE: "Refused line", "被拒绝的行号";
    LINE_REFUSED: "A line was refused, and the import ended there. The lines before it are in.",
        "有一行被拒绝，导入到此停止，之前的行已导入。";
    ANOTHER_BOOK: "Import another book, or this one again", "导入其他账本或重新导入";

    HEALTH: "Health", "健康检查";
    HEALTHY: "In order: the store does what the ledger stands on.", "正常：存储满足账本要求。";
    SWAPS_RIGHT: "Compare-and-swap works", "比较并交换正常";
    BATCHES_RIGHT: "Batches work", "批量读写正常";

    METRICS: "Figures", "指标";
    LAST_TRANSACTION: "Last transaction", "最近事务时间";
    QUOTAS_COUNT: "Quotas", "额度数";
    QUOTAS_GRANTED: "Quotas as they came from outside", "外部授予额度总额";
    QUOTAS_LEFT: "Left of quotas", "额度剩余总额";
    REVIEWS_WAITING: "Submissions that wait for review", "待审核数";
    OLDEST_REVIEW: "The oldest of them", "最早提交时间";
    DELIVERIES_DUE: "Messages that are due", "待投递消息数";
    DELIVERIES_FAILED: "Messages given up in 30 days", "近 30 天放弃投递数";
    LOG_BYTES: "Bytes of the log in the head", "头部日志字节数";
    RECORDS_COUNT: "Records", "记录数";
    PAGES_COUNT: "Pages (an estimate above some ten thousand)", "页数（过万为估计值）";
    STORE_FIT: "The store passed its last self-test", "存储自检通过";
    BALANCE_SUMS: "Balances by the kind of account", "按账户类型汇总余额";

    ENABLE: "Enable", "启用";
    ENABLE_DOES: "The key opens what its owner may do again, and its locks end.", "该密钥恢复可用，锁定解除。";
    DISABLE: "Disable", "停用";
    DISABLE_DOES: "The key opens nothing from now on, and its tokens never do again.", "该密钥立即失效，其令牌永久失效。";
    REJECT_DOES: "The customer is told the opinion, and can submit again.", "客户将看到审核意见，可重新提交。";
    SEND_AGAIN_DOES: "The message is sent to the receiver once more, now.", "立即再次投递该消息。";
    MAY_NOT: "Your role does not open this.", "您的角色无权执行此操作。";
}

/// What pages call a field of a request; `None` for one that they do not have.
pub fn field(name: &str) -> Option<Text> {
    Some(match name {
        "amount" | "quota_amount" => AMOUNT,
        "bill_cycle" | "month" => MONTH,
        "coupon_id" => COUPON,
        "customer_id" | "customer_ids" => CUSTOMER,
        "decision" => ACTION,
        "face_value" => FACE_VALUE,
        "indirect_partner_id" | "indirect_partner_ids" => RESELLER,
        "memo" => NOTE,
        "mobile_phone" => MOBILE,
        "now" => CLOCK,
        "opinion" => OPINION,
        "order_id" => ORDER,
        "period_num" => TERM_COUNT,
        "period_type" => TERM_UNIT,
        "price" => NEW_PRICE,
        "quota_id" => QUOTA,
        "region_code" => REGION,
        "resource_spec" => SPECIFICATION,
        "resource_type_code" => RESOURCE_TYPE,
        "service_type_code" => SERVICE_TYPE,
        "subscription_num" => NUMBER,
        "url" => ADDRESS,
        "verification_code" => CODE,
        _ => return None,
    })
}

/// What a code of a refusal means for someone at a page; `None` for one that means several things.
pub fn meaning(code: &str) -> Option<Text> {
    texts! {
        QUOTA_UNUSABLE: "No coupons can be issued from this quota.", "该额度不能用于发放代金券。";
        QUOTA_NOT_IN_EFFECT: "The quota is not valid yet, or no longer.", "额度尚未生效或已过期。";
        BEYOND_QUOTA: "The quota does not pay for these services or products.", "超出额度限定的云服务或产品范围。";
        NOT_RECLAIMABLE: "There is nothing left to reclaim.", "没有可回收的金额。";
        OF_REFERRAL: "The customer pays the cloud itself: coupons are for the others.",
            "该客户自行向云厂商付费，不能发放代金券。";
        NOT_YOURS: "You have no such customer.", "您没有该客户。";
        NOT_YOUR_RESELLER: "You have no such reseller.", "您没有该经销商。";
        EXHAUSTED: "Not enough is left of the quota.", "额度剩余不足。";
        NO_PERMISSION: "The customer pays the cloud itself: its account is not yours to change.",
            "该客户自行向云厂商付费，您不能变更其账户。";
        CANNOT_PAY: "The account does not hold enough.", "账户余额不足。";
        NO_SUCH_ORDER: "There is no such order.", "订单不存在。";
        NOT_OFFERED: "The product is not offered for this term.", "该产品不支持此周期。";
        NO_SUCH_PRODUCT: "The catalogue has no such product.", "产品目录中没有该产品。";
        NOT_PAYABLE: "The order does not wait for payment.", "订单不处于待支付状态。";
        TOO_LATE: "The order was not paid in time.", "订单已超过支付截止时间。";
        BUSY: "Others are changing the same at this moment. Try again.", "其他操作正在进行，请重试。";
    }
    Some(match code {
        "CBC.99000012" => QUOTA_UNUSABLE,
        "CBC.99000017" => QUOTA_NOT_IN_EFFECT,
        "CBC.99000023" => BEYOND_QUOTA,
        "CBC.99000048" => NOT_RECLAIMABLE,
        "CBC.99000014" => OF_REFERRAL,
        "CBC.99000035" | "CBC.5002" => NOT_YOURS,
        "CBC.99000037" => NOT_YOUR_RESELLER,
        "CBC.99000013" => EXHAUSTED,
        "CBC.99000000" => NO_PERMISSION,
        "CBC.5003" | "CBC.99005003" => CANNOT_PAY,
        "CBC.30000010" => NO_SUCH_ORDER,
        "CBC.30010069" => NOT_OFFERED,
        "CBC.99006006" => NO_SUCH_PRODUCT,
        "CBC.99003106" => NOT_PAYABLE,
        "CBC.99003110" => TOO_LATE,
        "CBC.99004008" => CODE_EXPIRED,
        "CBC.99004009" => CODE_FAILED,
        "CBC.99004010" => CODE_WRONG,
        "CBC.0250" => BUSY,
        _ => return None,
    })
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

/// The kind of coupons.
pub fn coupon_kind(of: CouponKind) -> Text {
    texts! {
        CASH: "Cash coupons", "代金券";
        FLEXI: "Flexi-purchase coupons", "现金券";
        PICK_UP: "Pick-up coupons", "提货券";
    }
    match of {
        CouponKind::Cash => CASH,
        CouponKind::Flexi => FLEXI,
        CouponKind::PickUp => PICK_UP,
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

/// How far an authorisation has come.
pub fn authorisation_status(of: AuthorisationStatus) -> Text {
    texts! {
        ASKED: "Asked", "已请求";
        GRANTED: "Granted", "已授权";
        REFUSED: "Refused", "已拒绝";
    }
    match of {
        AuthorisationStatus::Asked => ASKED,
        AuthorisationStatus::Granted => GRANTED,
        AuthorisationStatus::Refused => REFUSED,
    }
}

/// What balances are summed up by, as the figures name it.
pub fn account_kind(of: &str) -> Text {
    texts! {
        OUTSIDE: "Outside", "外部";
        PARTNER_BALANCES: "Cash of partners", "伙伴现金";
        PARTNER_CREDIT: "Credit of partners", "伙伴信用";
        CLOUD_CLEARING: "Clearing of orders", "订单清算";
        CLOUD_REVENUE: "Revenue", "收入";
        QUOTAS: "Coupon quotas", "代金券额度";
        CUSTOMERS: "Customers, with cards and coupons", "客户（含储值卡与代金券）";
        OTHERS: "Other accounts of partners", "伙伴的其他账户";
    }
    match of {
        "outside" => OUTSIDE,
        "partner_balances" => PARTNER_BALANCES,
        "partner_credit" => PARTNER_CREDIT,
        "cloud_clearing" => CLOUD_CLEARING,
        "cloud_revenue" => CLOUD_REVENUE,
        "quotas" => QUOTAS,
        "customers" => CUSTOMERS,
        _ => OTHERS,
    }
}
